import { type FileHandle, open } from "node:fs/promises";
import { within } from "../../../config/within.ts";
import type { Batch } from "./batch.ts";

/** How long the storage may take for a batch; ms. */
const PATIENCE = 10_000;

/**
 * Appends lines to a file, on storage that is not this machine's own, and waits until they are on its disk. Storage that hangs
 * holds a thread, which can't be had back: nothing more is written until it goes on.
 */
export function fileSink({ path }: { path: string }, patience = PATIENCE) {
  let writing: Promise<void> | null = null;
  const inTime = (work: Promise<void>): Promise<void> =>
    within(work, patience, () => {
      throw new Error("the audit file did not take a batch in time");
    });
  return async (batch: Batch): Promise<void> => {
    if (writing !== null) await inTime(writing.catch(() => undefined));
    writing = append(path, batch).finally(() => (writing = null));
    await inTime(writing);
  };
}

async function append(path: string, { entries }: Batch): Promise<void> {
  const handle = await open(path, "a", 0o600);
  try {
    const text = entries.map(({ line }) => `${line}\n`).join("");
    await handle.appendFile((await endsAmidLine(handle, path)) ? `\n${text}` : text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Whether the file ends amid a line, since its disk was full or a node ended while it wrote. The batch is sent again: its first event has a line of
 * its own then. A file that can't be read counts as one that does; an empty line does no harm.
 */
async function endsAmidLine(handle: FileHandle, path: string): Promise<boolean> {
  const stats = await handle.stat();
  if (!stats.isFile() || stats.size === 0) return false;
  try {
    await using reader = await open(path, "r");
    const { buffer } = await reader.read(Buffer.alloc(1), 0, 1, stats.size - 1);
    return buffer.toString() !== "\n";
  } catch {
    return true;
  }
}
