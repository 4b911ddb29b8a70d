import { join } from "node:path";
import pino, { type Logger } from "pino";
import { errorFields } from "../../config/log.ts";
import { rotate } from "./home.ts";

/** The embedded default's log: JSON lines in tocsin.log; warnings and errors in the terminal too. */
export function openLog(home: string, level: string): Logger {
  const file = join(home, "tocsin.log");
  rotate(file);
  const streams = [
    { level: "trace" as const, stream: pino.destination({ dest: file, mode: 0o600 }) },
    { level: "warn" as const, stream: pino.destination(2) },
  ];
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorFields, error: errorFields },
  };
  return pino(options, pino.multistream(streams));
}
