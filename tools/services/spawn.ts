import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { environmentFor } from "./environment.ts";
import { StartProblem } from "./problem.ts";

export interface ServiceProcess {
  pid: number;
  /** Set once it has ended. */
  ended(): boolean;
  /** Its output in the log since it was started. */
  output(): string;
}

export interface SpawnOptions {
  /** File that gets standard output and error; a pipe would break when this process dies and the service lives on. */
  log: string;
  uid?: number;
  gid?: number;
  cwd?: string;
  /** Beside what every program needs. */
  env?: NodeJS.ProcessEnv;
}

/**
 * Starts a service in its own process group, so that Ctrl-C in the terminal reaches this process alone and it can stop
 * its services in order. Only its own user can read its output.
 */
export async function spawnService(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<ServiceProcess> {
  const { log, env = {}, ...rest } = options;
  const file = openSync(log, "a", 0o600);
  const from = fstatSync(file).size;
  try {
    const words = ["-c", 'umask 077; exec "$0" "$@"', command, ...args];
    const child = spawn("/bin/sh", words, {
      ...rest,
      env: { ...environmentFor(), ...env },
      detached: true,
      stdio: ["ignore", file, file],
    });
    let ended = false;
    child.once("exit", () => (ended = true));
    await once(child, "spawn");
    child.unref();
    if (child.pid === undefined) throw new Error(`${command} has no process id`);
    return {
      pid: child.pid,
      ended: () => ended,
      output: () => readFileSync(log).subarray(from).toString("utf8"),
    };
  } finally {
    closeSync(file);
  }
}

/**
 * Asks until the service answers.
 *
 * @param answers Resolves once the service does its work; throws until then.
 * @throws StartProblem with the end of the service's log when it ends first or hasn't answered after `withinMs`.
 */
export async function untilAnswering(
  name: string,
  service: ServiceProcess,
  answers: () => Promise<unknown>,
  withinMs = 60_000,
): Promise<void> {
  for (const deadline = Date.now() + withinMs; ; await sleep(40)) {
    if (service.ended()) throw new StartProblem(explainEnd(name, service.output()));
    try {
      await answers();
      return;
    } catch (error) {
      if (Date.now() < deadline) continue;
      throw new StartProblem(
        `${name} doesn't answer after ${withinMs / 1000} s.\n${tail(service.output())}`,
        { cause: error },
      );
    }
  }
}

function explainEnd(name: string, output: string): string {
  if (/no space left on device|disk is full|SQLITE_FULL/i.test(output)) {
    return `${name} can't start: the disk is full. Free some space and start again.`;
  }
  return `${name} ended as soon as it was started.\n${tail(output)}`;
}

function tail(output: string): string {
  const lines = output.trim().split("\n").slice(-8);
  return `The end of its log:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

/** Ports below those that systems give to outgoing connections, one of which would take a free one before its server does. */
const PORTS = { from: 15_000, to: 32_000 };

/** TCP ports of 127.0.0.1 that are free at the moment, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries += 1) {
    if (tries > 1_000) throw new StartProblem(`No port from ${PORTS.from} to ${PORTS.to} is free.`);
    const port = randomInt(PORTS.from, PORTS.to);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  await new Promise((done) => server.close(done));
  return true;
}

/**
 * Makes sure that a port someone asked for is free, since otherwise the server that has it would answer in place of
 * the new one.
 * @throws StartProblem when it is taken.
 */
export async function requireFree(name: string, port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (cause) {
    throw new StartProblem(
      `${name} can't have port ${port}: it is in use. Stop what uses it, or give another.`,
      { cause },
    );
  } finally {
    server.close();
  }
}
