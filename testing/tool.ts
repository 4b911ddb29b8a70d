import { type ChildProcess, execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Node keeps here what it has compiled, for all programs that the tests start: loading costs them half. */
export const COMPILED = fileURLToPath(new URL("../node_modules/.cache/tocsin/compiled", import.meta.url));

/** A command that runs, and what it had answered by its end. */
export interface Running {
  child: ChildProcess;
  /** `status` is null where a signal ended it; `output` is what it wrote to stdout, then what it wrote to stderr. */
  ended: Promise<{ status: number | null; out: string; err: string; output: string }>;
}

/** Starts a command of tools/ as an operator would, with exactly this environment and PATH. */
export function startTool(name: string, flags: readonly string[], env: NodeJS.ProcessEnv): Running {
  const program = fileURLToPath(new URL(`../tools/${name}.ts`, import.meta.url));
  const { promise: ended, resolve } = Promise.withResolvers<Awaited<Running["ended"]>>();
  const child = execFile(
    process.execPath,
    [program, ...flags],
    { env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: COMPILED, ...env } },
    (_error, out, err) => resolve({ status: child.exitCode, out, err, output: out + err }),
  );
  return { child, ended };
}

/** Runs it to its end. */
export const runTool = (...given: Parameters<typeof startTool>): Running["ended"] =>
  startTool(...given).ended;
