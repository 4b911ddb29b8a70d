import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Connection } from "@temporalio/client";
import { z } from "zod";
import { reason } from "./problem.ts";
import { commandLine, stopProcess } from "./process.ts";
import { freePorts, requireFree, spawnService, untilAnswering } from "./spawn.ts";
import { findTemporal } from "./temporal-program.ts";

export interface TemporalOptions {
  /** SQLite file that keeps the workflows between starts. */
  dbFile: string;
  /** Default: a free one. */
  port?: number;
  /** File that gets the server's log; default: temporal.log beside `dbFile`. */
  log?: string;
  /** Path of the `temporal` program; default: the first that is found. */
  program?: string;
  /** Dynamic configuration of the server: key to JSON value. */
  dynamicConfig?: Record<string, string>;
  /** Told when getting the program takes a while. */
  say?: (line: string) => void;
}

export interface Temporal {
  /** host:port */
  address: string;
  port: number;
  pid: number;
  /** Stops it and waits for its end; default SIGTERM. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Workflows in one queue take turns by the fairness key that they were started with: docs/decisions/0056-turns-of-critical-starts.md. */
const FAIR = { "matching.enableFairness": "true" };

const Leftover = z.object({ pid: z.number().int(), port: z.number().int() });

/**
 * Starts Temporal's development server on 127.0.0.1 over a file, or adopts the one that a killed process left running on
 * it. It outlives this process unless it is stopped. WAL with synchronous=NORMAL is 1.7 times faster than SQLite's
 * defaults and loses nothing when killed; a power cut may lose the last moments.
 *
 * @throws StartProblem when it can't be started, with what to do.
 */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const dbFile = resolve(options.dbFile);
  const pidFile = `${dbFile}.pid`;
  const left = leftover(dbFile, pidFile);
  if (left) {
    const adopted = running(left.pid, left.port, pidFile);
    if (
      (options.port ?? left.port) === left.port &&
      (await answers(adopted.address).then(
        () => true,
        () => false,
      ))
    )
      return adopted;
    await stopProcess(left.pid, "SIGTERM");
  }
  if (options.port !== undefined) await requireFree("The Temporal server", options.port);
  const program = options.program ?? (await findTemporal(options.say));
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(program, dbFile, pidFile, options);
    } catch (error) {
      const why = reason(error);
      const taken = /address already in use/i.test(why) && options.port === undefined;
      const unfinished = /no such table/.test(why);
      if (attempt === 3 || !(taken || unfinished)) throw error;
      if (unfinished) setAside(dbFile);
    }
  }
}

/** A server killed while it made its file never finishes it; the file holds nothing then. */
function setAside(dbFile: string): void {
  for (const part of ["", "-wal", "-shm"]) {
    if (existsSync(dbFile + part)) renameSync(dbFile + part, `${dbFile}.unfinished${part}`);
  }
}

async function start(
  program: string,
  dbFile: string,
  pidFile: string,
  options: TemporalOptions,
): Promise<Temporal> {
  const [free = 0, http = 0, metrics = 0] = await freePorts(3);
  const port = options.port ?? free;
  const args = [
    ...["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--db-filename", dbFile],
    ...["--port", String(port), "--http-port", String(http), "--metrics-port", String(metrics)],
    ...["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL"],
    ...["--log-format", "json", "--log-level", "warn"],
    ...Object.entries({ ...FAIR, ...options.dynamicConfig }).flatMap(([key, value]) => [
      "--dynamic-config-value",
      `${key}=${value}`,
    ]),
  ];
  const log = options.log ?? join(dirname(dbFile), "temporal.log");
  const server = await spawnService(program, args, { log, cwd: "/" });
  record(pidFile, { pid: server.pid, port });
  const temporal = running(server.pid, port, pidFile);
  try {
    await untilAnswering("The Temporal server", server, () => answers(temporal.address));
    return temporal;
  } catch (error) {
    await temporal.stop("SIGKILL");
    throw error;
  }
}

function running(pid: number, port: number, pidFile: string): Temporal {
  return {
    address: `127.0.0.1:${port}`,
    port,
    pid,
    stop: async (signal = "SIGTERM") => {
      await stopProcess(pid, signal);
      rmSync(pidFile, { force: true });
    },
  };
}

function record(pidFile: string, value: z.infer<typeof Leftover>): void {
  writeFileSync(`${pidFile}.new`, JSON.stringify(value));
  renameSync(`${pidFile}.new`, pidFile);
}

/** The server that still runs on this file, when the process under the noted id really is it. */
function leftover(dbFile: string, pidFile: string): z.infer<typeof Leftover> | null {
  try {
    const noted = Leftover.parse(JSON.parse(readFileSync(pidFile, "utf8")));
    return commandLine(noted.pid)?.includes(
      `start-dev --headless --ip 127.0.0.1 --db-filename ${dbFile} `,
    ) === true
      ? noted
      : null;
  } catch {
    return null;
  }
}

/** Resolves once the server knows its namespace, which is the last thing it makes. */
async function answers(address: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: "3s", interceptors: [] });
  try {
    const deadline = Date.now() + 3_000;
    await connection.withDeadline(deadline, () =>
      connection.workflowService.describeNamespace({ namespace: "default" }),
    );
  } finally {
    await connection.close();
  }
}
