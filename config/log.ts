import pino, { type Logger } from "pino";

export type { Logger };

/** Fields of an error that may be logged: PostgreSQL's `detail` and Knex's bindings carry what people wrote. */
function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const code =
    "code" in error && (typeof error.code === "string" || typeof error.code === "number")
      ? error.code
      : undefined;
  const cause = error.cause === undefined ? undefined : errorFields(error.cause);
  return { type: error.name, code, frames: frames(error), cause };
}

/** Where it happened, without the message, which may quote a value. */
function frames(error: Error): string[] {
  return (error.stack ?? "")
    .split("\n")
    .filter((line) => line.trimStart().startsWith("at "))
    .slice(0, 6)
    .map((line) => line.trim());
}

/** JSON lines on stdout. Log ids, codes and counts; errors keep their type, code and place, never their text. */
export function createLog(level: string): Logger {
  return pino({
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorFields, error: errorFields },
  });
}
