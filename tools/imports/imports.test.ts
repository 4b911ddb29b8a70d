import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruise } from "dependency-cruiser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FOLDERS } from "./folders.ts";
import rules from "./rules.ts";

/** For each rule a file that breaks it, and no other, by the import beside it. */
const BREAKS: Record<string, [path: string, imported: string]> = {
  config: ["config/a.test.ts", 'import "../store/x.ts";'],
  redaction: ["redaction/a.ts", 'import type { x } from "../config/x.ts";'],
  "on-call": ["on-call/a.test.ts", 'import "../config/x.ts";'],
  channels: ["channels/a.ts", 'import type { x } from "../store/x.ts";'],
  client: ["client/a.ts", 'import "../store/x.ts";'],
  plugins: ["plugins/fax/a.test.ts", 'import "../../channels/x.ts";'],
  store: ["store/a.ts", 'import type { x } from "../channels/x.ts";'],
  activities: ["activities/a.ts", 'import "../node/x.ts";'],
  workflows: ["workflows/a.ts", 'import type { x } from "../channels/x.ts";'],
  "workflows-types": ["workflows/b.ts", 'import { x } from "../activities/x.ts";'],
  node: ["node/a.ts", 'import "../api/x.ts";'],
  api: ["api/a.ts", 'import "../tools/x.ts";'],
  dashboard: ["dashboard/src/lib/contract.ts", 'import type { x } from "../../../store/x.ts";'],
  "dashboard-types": ["dashboard/src/lib/contract.ts", 'import { x } from "../../../api/x.ts";'],
  tools: ["tools/a.ts", 'import "../dashboard/x.ts";'],
  testing: ["testing/a.ts", 'import "../dashboard/x.ts";'],
  circle: ["store/one.ts", 'import type { two } from "./two.ts"; export type one = 1;'],
  contract: ["channels/contract.ts", 'import "./x.ts";'],
  deterministic: ["workflows/c.ts", 'import "node:fs";'],
  door: ["dashboard/src/a.ts", 'import type { x } from "../../api/x.ts";'],
  tests: ["docs/a.ts", 'import type { x } from "../testing/x.ts";'],
};

/** Files that break no rule. */
const FINE: [path: string, imported: string][] = [
  ["store/two.ts", 'import type { one } from "./one.ts"; export type two = 1;'],
  ["store/b.ts", 'import "../config/x.ts"; import "../channels/report.ts";'],
  ["store/b.test.ts", 'import "../node/x.ts"; import "../testing/x.ts";'],
  ["workflows/d.ts", 'import type { x } from "../activities/x.ts"; import "../channels/contract.ts";'],
  ["dashboard/src/b.ts", 'import "./lib/contract.ts";'],
  ["tools/replay/a.ts", 'import "../../testing/x.ts";'],
  ...[...Object.keys(FOLDERS), "dashboard/src"].map((folder): [string, string] => [`${folder}/x.ts`, ""]),
  ["channels/report.ts", ""],
];

let root: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "tocsin-imports-")));
  const files = Map.groupBy([...FINE, ...Object.values(BREAKS)], ([path]) => path);
  for (const [path, lines] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), `${lines.map(([, line]) => line).join("\n")}\nexport type x = 1;\n`);
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

test("finds an import that breaks a rule, for every rule, and no fault with the others", async () => {
  const { options, forbidden } = rules;
  const { output } = await cruise(["."], {
    ...options,
    baseDir: root,
    validate: true,
    ruleSet: { forbidden },
  });
  if (typeof output === "string") throw new Error(output);
  const found = output.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
  const broken = Object.entries(BREAKS).map(([name, [path]]) => `${name}: ${path}`);
  expect(Object.keys(BREAKS).sort()).toEqual(forbidden.map(({ name }) => name).sort());
  expect([...new Set(found)].sort()).toEqual([...broken].sort());
});

test("ARCHITECTURE.md shows what each folder may import", async () => {
  const text = await readFile(new URL("../../ARCHITECTURE.md", import.meta.url), "utf8");
  for (const [folder, { imports, types = [] }] of Object.entries(FOLDERS)) {
    const row = new RegExp(`^\\| \`${folder}/\` +\\|.*\\|([^|]*)\\|$`, "m").exec(text)?.[1]?.trim();
    const told = [...imports, ...types.map((type) => `types of ${type}`)].join(", ");
    expect(row?.replaceAll("`", ""), folder).toBe(told || "nothing");
  }
});
