import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createService } from "../client/index.ts";

const guide = readFileSync(join(import.meta.dirname, "client.md"), "utf8");

it("shows programs that the client's types take", () => {
  const folder = mkdtempSync(join(import.meta.dirname, "client-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const programs = [...guide.matchAll(/```ts\n([^]*?)```/g)].map(([, code = ""]) => code);
  expect(programs).toHaveLength(3);
  for (const [index, code] of programs.entries()) writeFileSync(join(folder, `${index}.ts`), code);
  const compilerOptions = { incremental: false };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../../tsconfig.json", compilerOptions, include: ["*.ts"] }),
  );
  execFileSync("tsc", ["-p", folder], { encoding: "utf8" });
});

it("names every call", () => {
  const table = guide.split("\n").filter((line) => line.startsWith("| `"));
  const named = table.flatMap((line) => [...line.matchAll(/`(\w+)\(/g)].map(([, name]) => name));
  expect(named.toSorted()).toEqual(Object.keys(createService({ url: "", key: "" })).toSorted());
});
