import { parseArgs, type ParseArgsConfig } from "node:util";
import { reason, StartProblem } from "./services/problem.ts";

/**
 * What a command was given, as `parseArgs` reads it.
 * @throws StartProblem for what can't be read, with the usage
 */
export function readArguments<T extends ParseArgsConfig>(
  config: T,
  usage: string,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (cause) {
    throw new StartProblem(`${reason(cause).split(". ")[0]}. ${usage}`, { cause });
  }
}
