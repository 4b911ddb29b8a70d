import { reason, StartProblem } from "./problem.ts";

/** One way to get at something; `get` throws with the reason when it can't. */
export interface Rung<T> {
  name: string;
  get(): T | Promise<T>;
}

/**
 * Takes the first rung that holds.
 *
 * @param what the thing that is looked for, as the error names it: "a Temporal server"
 * @param advice What to do when no rung holds, one line each.
 * @throws StartProblem that lists every rung with the reason of its failure; a rung's own StartProblem ends the climb
 *   (something was asked for by name and is broken).
 */
export async function climb<T>(
  what: string,
  rungs: readonly Rung<T>[],
  advice: readonly string[],
): Promise<T> {
  const failures: string[] = [];
  for (const rung of rungs) {
    try {
      return await rung.get();
    } catch (error) {
      if (error instanceof StartProblem) throw error;
      failures.push(`  - ${rung.name}: ${brief(error)}`);
    }
  }
  throw new StartProblem(
    [
      `There is no way to get ${what} here. Tried:`,
      ...failures,
      "What to do, any one of:",
      ...advice.map((line) => `  - ${line}`),
    ].join("\n"),
  );
}

/** The first lines of an error's message in one. */
function brief(error: unknown): string {
  return reason(error).trim().split(/\n\s*/).slice(0, 3).join("; ");
}
