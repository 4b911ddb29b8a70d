import { createReadStream } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { Checkpoint } from "./checkpoint.ts";

const Line = z.object({
  checkpoint: z.int().positive(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.string(),
});

/** One line of the anchor file: a checkpoint's hash. The chain makes it pin all checkpoints before it too. */
export type Anchored = z.infer<typeof Line>;

/** How much of the file's end is read; bytes, longer than two lines. */
const TAIL = 1_024;

/** Appends a checkpoint to the anchor file (mode 600, made when missing) and waits until it is on the disk. */
export async function appendAnchor(path: string, { id, hash, createdAt }: Checkpoint): Promise<void> {
  const line: Anchored = { checkpoint: id, hash: hash.toString("hex"), at: createdAt.toISOString() };
  const tail = await readTail(path);
  if (tail === null) await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, "a", 0o600);
  try {
    const torn = tail !== null && tail !== "" && !tail.endsWith("\n");
    await handle.appendFile(`${torn ? "\n" : ""}${JSON.stringify(line)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (tail === null) await syncFolder(dirname(path));
}

/** The newest line, past one that a crash cut short; null when the file is missing or empty. */
export async function lastAnchored(path: string): Promise<Anchored | null> {
  const lines = ((await readTail(path)) ?? "").split("\n");
  return lines.map(parseLine).findLast((line) => line !== null) ?? null;
}

/** Every line, null for one that can't be read. @throws ENOENT when there is no file */
export async function* anchored(path: string): AsyncGenerator<Anchored | null> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const line of lines) if (line !== "") yield parseLine(line);
}

function parseLine(text: string): Anchored | null {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function readTail(path: string): Promise<string | null> {
  const handle = await open(path, "r").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
  if (handle === null) return null;
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - TAIL);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** A new file's name is on the disk once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  await folder.sync().finally(() => folder.close());
}
