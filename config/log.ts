import pino, { type DestinationStream, type Logger } from "pino";
import { codeOf } from "./failure-code.ts";
import { placeInTrace } from "./trace.ts";

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
 * never their text. A line says of which notification's work it is, and of which trace.
 */
export function createLog(level: string, to: DestinationStream = pino.destination(1)): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: placeInTrace,
      serializers: { err: errorFields, error: errorFields },
    },
    to,
  );
}
