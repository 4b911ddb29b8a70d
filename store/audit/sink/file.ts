import { open } from "node:fs/promises";
import type { Batch } from "./batch.ts";

/** Appends lines to a file, on storage that is not this machine's own, and waits until they are on its disk. */
export function fileSink({ path }: { path: string }) {
  return async ({ entries }: Batch): Promise<void> => {
    const handle = await open(path, "a", 0o600);
    try {
      await handle.appendFile(entries.map(({ line }) => `${line}\n`).join(""));
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
}
