import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

/** Ends the output with one plain line, `N passed, N failed`, and fails a run in which no test ran. */
export default class Counts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const { passed, failed } = count(modules, unhandled);
    if (passed + failed === 0) process.exitCode = 1;
    process.on("exit", () => process.stdout.write(`${passed} passed, ${failed} failed\n`));
  }
}

/** A file that can't be loaded, and an error outside any test, count as one failure each. */
function count(
  modules: readonly TestModule[],
  unhandled: readonly SerializedError[],
): { passed: number; failed: number } {
  let passed = 0;
  let failed = unhandled.length;
  for (const module of modules) {
    const tests = [...module.children.allTests()].map((test) => test.result().state);
    const broken = tests.filter((state) => state === "failed").length;
    passed += tests.filter((state) => state === "passed").length;
    failed += broken === 0 && !module.ok() ? 1 : broken;
  }
  return { passed, failed };
}
