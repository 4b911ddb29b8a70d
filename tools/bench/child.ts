import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { z } from "zod";

/** A program of this folder in a process of its own, spoken to by messages. */
export interface Child<Said> {
  /** Its first message: it is ready. */
  ready: Said;
  ask<Answer>(question: object, shape: z.ZodType<Answer>): Promise<Answer>;
  stop(): Promise<void>;
}

/** @param execArgv Node's own options, e.g. `--cpu-prof` */
export async function startChild<Said>(
  file: string,
  shape: z.ZodType<Said>,
  env: NodeJS.ProcessEnv,
  execArgv: string[] = [],
): Promise<Child<Said>> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    env: { ...process.env, ...env },
    execArgv,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const ready = shape.parse(await nextMessage(child, exited));
  return {
    ready,
    ask: async (question, answer) => {
      child.send(question);
      return answer.parse(await nextMessage(child, exited));
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** Runs a program of this folder that prints its own figures. */
export async function runScript(file: string, execArgv: string[]): Promise<void> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv });
  await once(child, "exit");
}

async function nextMessage(child: ChildProcess, exited: Promise<unknown[]>): Promise<unknown> {
  const ended = exited.then(([code]) => Promise.reject(new Error(`it ended with ${String(code)}`)));
  const [message]: unknown[] = await Promise.race([once(child, "message"), ended]);
  return message;
}
