import { execFileSync } from "node:child_process";
import { constants } from "node:fs";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { fileSink } from "./file.ts";

const BATCH = { name: "one", entries: [{ kind: "event" as const, at: new Date(), line: "{}" }] };

it("begins a line of its own after one that was cut off, so that nothing of the batch is lost with it", async () => {
  const home = await mkdtemp(join(tmpdir(), "tocsin-sink-"));
  onTestFinished(() => rm(home, { recursive: true }));
  const path = join(home, "cut.jsonl");
  await writeFile(path, '{"kind":"event","id":1,"act');
  const write = fileSink({ path });
  await write(BATCH);
  await write(BATCH);
  expect(await readFile(path, "utf8")).toBe('{"kind":"event","id":1,"act\n{}\n{}\n');
});

it("says so where the storage hangs, and holds up one of the program's threads for files at most", async () => {
  const home = await mkdtemp(join(tmpdir(), "tocsin-sink-"));
  onTestFinished(() => rm(home, { recursive: true }));
  const path = join(home, "hangs");
  // Opening a pipe that nobody reads waits, as a file does on storage over a network that is away.
  execFileSync("mkfifo", [path]);
  const write = fileSink({ path }, 50);
  for (let count = 0; count < 6; count++)
    await expect(write(BATCH)).rejects.toThrow("the audit file did not take a batch in time");
  expect(await readFile("/dev/null", "utf8")).toBe("");

  const reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  // A pipe has no disk that could be waited for: an error, but no more waiting.
  await expect(write(BATCH)).rejects.toThrow("EINVAL");
  await reader.close();
});
