import type { SerializedError } from "vitest";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/**
 * Ends the output with plain lines: one for each test that failed, or passed at a second try alone, then `N passed, N
 * failed`. Fails a run in which no test ran.
 */
export default class Counts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const { passed, failed, names } = count(modules, unhandled);
    if (passed + failed === 0) process.exitCode = 1;
    const lines = [...names, `${passed} passed, ${failed} failed`];
    process.on("exit", () => process.stdout.write(`${lines.join("\n")}\n`));
  }
}

interface Sums {
  passed: number;
  failed: number;
  names: string[];
}

/** A file that can't be loaded, and an error outside any test, count as one failure each. */
function count(modules: readonly TestModule[], unhandled: readonly SerializedError[]): Sums {
  let passed = 0;
  let failed = unhandled.length;
  const names = unhandled.map((error) => `failed: outside any test: ${firstLine(error.message)}`);
  for (const module of modules) {
    const tests = [...module.children.allTests()];
    const broken = tests.filter((test) => test.result().state === "failed");
    const unsteady = tests.filter((test) => test.diagnostic()?.flaky);
    const unloaded = broken.length === 0 && !module.ok();
    passed += tests.filter((test) => test.result().state === "passed").length;
    failed += unloaded ? 1 : broken.length;
    if (unloaded) names.push(`failed: ${module.relativeModuleId}`);
    names.push(...broken.map((test) => `failed: ${nameOf(test)}`));
    names.push(...unsteady.map((test) => `passed at the second try alone: ${nameOf(test)}`));
  }
  return { passed, failed, names };
}

function nameOf(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}

function firstLine(text = ""): string {
  return text.split("\n", 1)[0] ?? "";
}
