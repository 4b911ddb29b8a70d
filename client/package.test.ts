import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";

it("compiles for a browser, without a type of Node's, and what comes of it runs and imports no package", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tocsin-client-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  execFileSync("tsc", ["-p", import.meta.dirname, "--outDir", folder], { encoding: "utf8" });
  const built = globSync("**/*.js", { cwd: folder }).map((path) => readFileSync(join(folder, path), "utf8"));
  const imported = built.flatMap((code) => [...code.matchAll(/from "([^"]+)"/g)].map(([, from]) => from));
  expect(imported.length).toBeGreaterThan(5);
  expect(imported.filter((from) => !/^\.\.?\/.*\.js$/.test(String(from)))).toEqual([]);
  const run = `import(process.argv[1]).then((client) => console.log(Object.keys(client).sort().join()))`;
  const index = join(folder, "client/index.js");
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", run, index], {
    encoding: "utf8",
  });
  const { ...here } = await import("tocsin/client");
  expect(said.trim()).toBe(Object.keys(here).sort().join());
});
