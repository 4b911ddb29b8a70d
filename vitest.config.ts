import { defineConfig } from "vitest/config";
import Counts from "./testing/counts.ts";

/** Tests that need no service of the run: they start at once. A test that injects an address doesn't belong here. */
const UNIT = [
  "redaction/**/*.test.ts",
  "config/**/*.test.ts",
  "activities/**/*.test.ts",
  "node/precedence.test.ts",
  "store/db/locks.test.ts",
  "channels/**/!(bridge|outage).test.ts",
  "plugins/**/*.test.ts",
  "docs/**/*.test.ts",
  "tools/plugin/**/*.test.ts",
  "tools/imports/**/*.test.ts",
  "api/http/json.test.ts",
  "api/openapi/**/*.test.ts",
  "dashboard/src/**/*.test.ts",
  "store/crypto/vault.test.ts",
  "tools/setup.test.mjs",
  "tools/services/**/*.test.ts",
  "tools/start/**/*.test.ts",
  "deploy/**/*.test.ts",
];
const IGNORED = ["**/node_modules/**", "**/.svelte-kit/**", "**/build/**"];

export default defineConfig({
  test: {
    maxWorkers: 2,
    allowOnly: false,
    reporters: ["default", new Counts()],
    projects: [
      {
        test: { name: "unit", include: UNIT, exclude: IGNORED, testTimeout: 10_000, hookTimeout: 120_000 },
      },
      {
        test: {
          name: "services",
          include: ["**/*.test.{ts,mjs}"],
          exclude: [...IGNORED, ...UNIT],
          globalSetup: ["testing/services.ts"],
          setupFiles: ["testing/contract.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
