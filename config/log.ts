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
  return { type: NAME.test(error.name) ? error.name : "Error", code, frames: framesOf(error), cause };
}

/** A class's name. What else somebody gives an error for a name may be text. */
const NAME = /^[\w$]{1,60}$/;

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

/** A line of a stack trace. */
const FRAME = /^ {4}at (?:[\w.$<>[\] ]+ )?\(?(?:file|node):\S+:\d+:\d+\)?$/;

/** Where it happened, without the message, which may quote a value, and have lines that look like a trace's. */
export function framesOf({ stack = "", message }: Error): string[] {
  const at = stack.indexOf(message);
  const trace = at === -1 ? stack : stack.slice(at + message.length);
  const lines = trace.split("\n").filter((line) => FRAME.test(line));
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
