import pino, { type DestinationStream, type Logger } from "pino";

export type { Logger };

/**
 * The fields of an error that may be logged. PostgreSQL's `detail` and Knex's bindings may not: they can quote
 * people's texts.
 */
export function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = codeOf(error);
  const cause = error.cause === undefined ? undefined : errorFields(error.cause);
  return { type: error.name, code, frames: framesOf(error), cause };
}

/** A system's or PostgreSQL's error code, also of an error that Objection wrapped; never text. */
export function codeOf(error: Error): string | undefined {
  const code: unknown =
    Reflect.get(error, "code") ?? Reflect.get(Object(Reflect.get(error, "nativeError")), "code");
  const isCode = typeof code === "string" && /^[A-Za-z0-9_]{1,40}$/.test(code);
  return isCode ? code : undefined;
}

/** The code of whatever was thrown; "failed" where it has none. */
export const failureCode = (error: unknown): string =>
  (error instanceof Error ? codeOf(error) : undefined) ?? "failed";

/** A line of a stack trace. A message may have lines of its own, which must not pass for one. */
const FRAME = /^ {4}at (?:[\w.$<>[\] ]+ )?\(?(?:file|node):\S+:\d+:\d+\)?$/;

/** Where it happened, without the message, which may quote a value. */
export function framesOf(error: Error): string[] {
  const lines = (error.stack ?? "").split("\n").filter((line) => FRAME.test(line));
  return lines.slice(0, 6).map((line) => line.trim());
}

/**
 * JSON lines, on stdout unless they go elsewhere. Log ids, codes and counts; errors keep their type, code and place,
 * never their text.
 */
export function createLog(level: string, to: DestinationStream = pino.destination(1)): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: errorFields, error: errorFields },
    },
    to,
  );
}
