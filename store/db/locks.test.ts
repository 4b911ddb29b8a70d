import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LOCK_SPACES, LOCKS } from "./locks.ts";

const ROOT = join(import.meta.dirname, "../..");

it("gives every lock a number of its own", () => {
  for (const numbers of [Object.values(LOCKS), Object.values(LOCK_SPACES)])
    expect(new Set(numbers).size).toBe(numbers.length);
});

it("has the spaces of the transitions, each by its number", () => {
  const folder = join(ROOT, "store/transitions");
  const taken = readdirSync(folder).flatMap((file) => [
    ...readFileSync(join(folder, file), "utf8").matchAll(/hashtextextended\(.*?, (\d)\)/g),
  ]);
  const { report, family, problem, digest, wishes } = LOCK_SPACES;
  expect(new Set(taken.map(([, space]) => Number(space)))).toEqual(
    new Set([report, family, problem, digest, wishes]),
  );
});

it("is the one place that numbers a lock", () => {
  const numbered = ["api", "activities", "channels", "config", "store", "tools"]
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) =>
        join(folder, file),
      ),
    )
    .filter((file) => file.endsWith(".ts") && !file.includes("node_modules") && !file.includes("db/locks"))
    .filter((file) =>
      /advisory_(?:xact_)?lock\(\d|hashtextextended\([^)]*\d|_LOCK\b/.test(
        readFileSync(join(ROOT, file), "utf8"),
      ),
    );
  expect(numbered).toEqual([]);
});
