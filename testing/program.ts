import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { COMPILED } from "./tool.ts";
import { until } from "./until.ts";

/** A node of Tocsin in a process of its own. */
export interface Program {
  /** Its address; empty for a worker. */
  url: string;
  /** Everything it wrote, stdout and stderr. */
  lines: string[];
  process: ChildProcess;
  exited: Promise<void>;
  /** Sets its clock so much ahead of the machine's; ms. */
  setClock(ms: number): void;
  /** Has it die where the next transition of that name begins or ends ("settle:begin"), or the third ("settle:begin 3"); resolves once it knows. */
  crashAt(place: string): Promise<void>;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
}

const ENTRY = fileURLToPath(new URL("node.ts", import.meta.url));

/** How a node is started; `entry` is the file that runs it, this version's unless given. */
export interface StartOptions {
  role?: "api" | "worker";
  crashAt?: string;
  entry?: string;
}

/** Starts a node with exactly this environment; resolves when it says that it is ready. */
export async function startProgram(
  env: Record<string, string>,
  { role, crashAt, entry = ENTRY }: StartOptions = {},
): Promise<Program> {
  const args = [entry, ...(role === undefined ? [] : [`--role=${role}`])];
  const child = spawn(process.execPath, args, {
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      NODE_COMPILE_CACHE: COMPILED,
      ...env,
      ...(crashAt === undefined ? {} : { CRASH_AT: crashAt }),
    },
    // It ends with its stdin, so that no node outlives a test run that was killed.
    stdio: ["pipe", "pipe", "pipe"],
  });
  // "close", not "exit": only then has everything it wrote been read.
  const exited = once(child, "close").then(() => undefined);
  const lines: string[] = [];
  const program: Program = {
    url: "",
    lines,
    process: child,
    exited,
    setClock: (ms) => void child.stdin.write(`${ms}\n`),
    crashAt: async (place) => {
      child.stdin.write(`${place}\n`);
      await until(`the node knows that it dies at ${place}`, () => lines.includes(`dies at ${place}`));
    },
    stop: () => end(child, exited, "SIGTERM"),
    kill: () => end(child, exited, "SIGKILL"),
  };
  const ready = Promise.withResolvers<void>();
  const read = (line: string): void => {
    lines.push(line);
    const url = /"url":"([^"]*)".*"msg":"ready"/.exec(line)?.[1];
    if (url === undefined) return;
    program.url = url;
    ready.resolve();
  };
  if (child.stdout !== null) createInterface({ input: child.stdout }).on("line", read);
  if (child.stderr !== null) createInterface({ input: child.stderr }).on("line", read);
  await Promise.race([
    ready.promise,
    exited.then(() => Promise.reject(new Error(`the node ended before it was ready:\n${lines.join("\n")}`))),
  ]);
  return program;
}

async function end(child: ChildProcess, exited: Promise<void>, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await exited;
}
