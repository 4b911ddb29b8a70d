import { open } from "node:fs/promises";
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
    await handle.appendFile(entries.map(({ line }) => `${line}\n`).join(""));
    await handle.sync();
  } finally {
    await handle.close();
  }
}
