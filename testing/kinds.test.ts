import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sortTests } from "./kinds.ts";

test("a test's kind follows from what it and its helpers import", () => {
  const root = mkdtempSync(join(tmpdir(), "tocsin-kinds-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const write = (name: string, ...lines: string[]): void => writeFileSync(join(root, name), lines.join("\n"));
  write("served.ts", 'import { expect, inject } from "vitest";', "export const url = inject('databaseUrl');");
  write("spawn.ts", "import {", "  spawn,", '} from "node:child_process";', 'export * from "./types.ts";');
  write("types.ts", 'import type { ChildProcess } from "node:child_process";', 'import "./spawn.ts";');
  write("pure.test.ts", 'import type { url } from "./served.ts";', 'import { expect } from "vitest";');
  write("typed.test.ts", 'import type { ChildProcess } from "node:child_process";');
  write("direct.test.ts", 'import { inject, test } from "vitest";');
  write("helped.test.mjs", "import {", "  url,", '} from "./served.ts";');
  write("later.test.ts", 'const { url } = await import("./served.ts");');
  write("started.test.ts", 'import { child } from "./types.ts";');
  write("both.test.ts", 'import { child } from "./spawn.ts";', 'import { url } from "./served.ts";');
  expect(sortTests(root)).toEqual({
    unit: ["pure.test.ts", "typed.test.ts"],
    process: ["started.test.ts"],
    services: ["both.test.ts", "direct.test.ts", "helped.test.mjs", "later.test.ts"],
  });
});
