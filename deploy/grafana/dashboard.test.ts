import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const text = readFileSync(join(import.meta.dirname, "tocsin.json"), "utf8");
const Panel = z.object({
  id: z.number(),
  title: z.string(),
  targets: z.array(z.object({ expr: z.string() })).default([]),
});
const { panels } = z.object({ panels: z.array(Panel) }).parse(JSON.parse(text));

/** What a value of `type` of Grafana's schema says against this JSON. */
function faultsOf(type: string, json: string): string[] {
  const file = join(import.meta.dirname, "typed.ts");
  const source = [
    `import type { ${type} } from "@grafana/schema";`,
    // An enum's values, as JSON has them.
    "type Plain<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;",
    `export const value: Plain<${type}> = ${json};`,
  ].join("\n");
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.getSourceFile = (path, ...rest) =>
    path === file
      ? ts.createSourceFile(path, source, ts.ScriptTarget.ESNext)
      : getSourceFile.call(host, path, ...rest);
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

describe("the dashboard for Grafana", () => {
  it("is a dashboard of Grafana's own schema", () => {
    expect(faultsOf("Dashboard", text)).toEqual([]);
    expect(faultsOf("Dashboard", text.replace('"graphTooltip"', '"graphTip"'))).toHaveLength(1);
  });

  it("names each panel once, and asks nodes of the job tocsin alone", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    expect(queries.length).toBeGreaterThan(20);
    for (const query of queries) expect(query).toContain('job="tocsin"');
  });
});
