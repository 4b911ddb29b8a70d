import { defineConfig } from "vitest/config";
import Counts from "./testing/counts.ts";
import Dearest from "./testing/dearest.ts";
import { sortTests } from "./testing/kinds.ts";
import { COMPILED } from "./testing/tool.ts";

const kinds = sortTests(import.meta.dirname);
const IGNORED = ["**/node_modules/**", "**/.svelte-kit/**", "**/build/**"];
/** ms. Nothing is slow because it may take that long; a busy machine gets the time that it needs. */
const PATIENT = { testTimeout: 180_000, hookTimeout: 240_000 };

export default defineConfig({
  test: {
    maxWorkers: 2,
    env: { NODE_COMPILE_CACHE: COMPILED },
    allowOnly: false,
    setupFiles: ["testing/costs.ts"],
    // Where a change lands, one unlucky race holds nobody up: it is named at the end, to be mended (testing/counts.ts).
    retry: process.env["CI"] ? 1 : 0,
    reporters: ["default", new Dearest(), new Counts()],
    expect: { poll: { timeout: 30_000 } },
    coverage: {
      provider: "v8",
      include: [
        "{activities,api,channels,config,node,plugins,redaction,store,workflows,dashboard/src}/**/*.ts",
      ],
      exclude: ["**/testing/**", "**/testing.ts", "**/fixture/**", "**/*.fixture.ts"],
      reporter: ["text-summary", "html"],
    },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["**/*.test.{ts,mjs}"],
          exclude: [...IGNORED, ...kinds.process, ...kinds.services],
          // They are many and small, and what they import is most of what they cost.
          isolate: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      { extends: true, test: { name: "process", include: kinds.process, ...PATIENT } },
      {
        extends: true,
        test: {
          name: "services",
          include: kinds.services,
          globalSetup: ["testing/services.ts"],
          setupFiles: ["testing/setup.ts"],
          // What a file imports, the whole of the API, costs more than many a file's tests.
          isolate: false,
          ...PATIENT,
        },
      },
    ],
  },
});
