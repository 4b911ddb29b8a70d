/**
 * Something about this machine that the person starting Tocsin can put right. Its message says what is wrong and what to
 * do, and is shown without a stack.
 */
export class StartProblem extends Error {
  override readonly name = "StartProblem";
}

/** An error's message, or whatever else was thrown, as text. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
