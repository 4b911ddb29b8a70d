/** The rules for imports, of values and of types, that `npm run check` holds the project to. */
import type { IConfiguration, IRegularForbiddenRuleType } from "dependency-cruiser";
import { FOLDERS } from "./folders.ts";

/** Tests, and code that serves tests alone. */
const TESTS = [
  "\\.test(-d)?\\.(ts|mjs)$",
  "^vitest\\.config\\.ts$",
  "/testing(/|\\.ts$)",
  "^testing/",
  "^test/",
  "^dashboard/test/",
];
/** The recorder of histories, which uses the tests' people. */
const REPLAY = "^tools/replay/";
/** The one file by which the dashboard reaches the rest. */
const DOOR = "^dashboard/src/lib/contract\\.ts$";
const PROJECT = `^(${Object.keys(FOLDERS).join("|")}|test|docs|deploy)/`;

/** The paths of a folder, or of one file. */
const pathOf = (name: string): string =>
  name.endsWith(".ts") ? `^${name.replaceAll(".", "\\.")}$` : `^${name}/`;

const forbid = (
  name: string,
  comment: string,
  rule: Pick<IRegularForbiddenRuleType, "from" | "to">,
): IRegularForbiddenRuleType => ({ name, severity: "error", comment, ...rule });

function rulesOf(folder: string): IRegularForbiddenRuleType[] {
  const { imports, types = [], tests } = FOLDERS[folder] ?? { imports: [] };
  const comment = `${folder}/ imports ${[...imports, ...types.map((type) => `types of ${type}`)].join(", ") || "nothing of the project"}`;
  const from = {
    path: pathOf(folder),
    pathNot: tests ? [] : [...TESTS, REPLAY].filter((path) => path !== pathOf(folder)),
  };
  const pathNot = [folder, ...imports, ...types].map(pathOf);
  return [
    forbid(folder, comment, { from, to: { path: PROJECT, pathNot } }),
    ...types.map((type) =>
      forbid(`${folder}-types`, comment, {
        from,
        to: { path: pathOf(type), dependencyTypesNot: ["type-only"] },
      }),
    ),
  ];
}

const special: IRegularForbiddenRuleType[] = [
  forbid(
    "circle",
    "No two files import each other, not even for a type: move what both need to a file of its own",
    {
      from: {},
      to: { circular: true },
    },
  ),
  forbid("contract", "The contract is read by workflows, plugins and the dashboard: it imports nothing", {
    from: { path: pathOf("channels/contract.ts") },
    to: { path: "." },
  }),
  forbid(
    "deterministic",
    "Workflow code is bundled and must stay deterministic: no package but Temporal's own, nothing of Node",
    {
      from: { path: pathOf("workflows"), pathNot: TESTS },
      to: { dependencyTypes: ["core", "npm", "npm-dev"], pathNot: "@temporalio/workflow" },
    },
  ),
  // The types that a component imports can't be seen here; the linter forbids them too.
  forbid("door", "The dashboard reaches shared types through src/lib/contract.ts alone", {
    from: { path: pathOf("dashboard"), pathNot: [DOOR, ...TESTS] },
    to: { path: PROJECT, pathNot: pathOf("dashboard") },
  }),
  forbid("tests", "The program's code imports nothing of the tests", {
    from: { pathNot: [...TESTS, REPLAY] },
    to: { path: TESTS },
  }),
];

export default {
  forbidden: [...Object.keys(FOLDERS).flatMap(rulesOf), ...special],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: ["^dashboard/(build|\\.svelte-kit)/"] },
    tsConfig: { fileName: "tsconfig.json" },
  },
} satisfies IConfiguration;
