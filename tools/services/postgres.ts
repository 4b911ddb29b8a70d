import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { must } from "../../config/must.ts";
import { ownFolder, type Place, place } from "./postgres-place.ts";
import { environmentFor } from "./environment.ts";
import { StartProblem } from "./problem.ts";
import { commandLine, stopProcess } from "./process.ts";
import { freePorts, requireFree, spawnService, untilAnswering } from "./spawn.ts";

export interface PostgresOptions {
  /** Kept between starts; the superuser's password is kept beside it. */
  dataDir: string;
  /** Default: a free one. */
  port?: number;
  /** File that gets the server's log; default: postgres.log beside the data. */
  log?: string;
  /** Server settings, as in postgresql.conf. */
  settings?: Record<string, string>;
  /** Folder of PostgreSQL's programs; default: the embedded ones. */
  bin?: string;
  /** Told of everything that the person who starts it should know. */
  say?: (line: string) => void;
}

export interface Postgres {
  /** The superuser's address of the database `postgres`. */
  url: string;
  port: number;
  pid: number;
  /** Stops it and waits for its end; default SIGINT, PostgreSQL's fast shutdown. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Sizes, and a log that shows no rows: error details and statements can hold what senders wrote. */
const SETTINGS: Record<string, string> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "200",
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
};

/** Sorts and folds alike on every machine; PostgreSQL before 17 has it not. */
const BUILT_IN = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"];

/**
 * Starts the embedded PostgreSQL on 127.0.0.1, or adopts the one that a killed process left running on this data.
 * It outlives this process unless it is stopped.
 *
 * @throws StartProblem when it can't be started, with what to do.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const placed = place(options.dataDir, options.say ?? (() => undefined));
  const at = options.bin === undefined ? placed : { ...placed, bin: options.bin };
  const log = options.log ?? join(dirname(resolve(options.dataDir)), "postgres.log");
  const locale = options.bin === undefined ? BUILT_IN : [];
  const password = await initialise(at, `${resolve(options.dataDir)}.password`, log, locale);
  const left = leftover(at.dataDir);
  if (left) {
    const adopted = running(left.pid, left.port, password);
    if ((options.port ?? left.port) === left.port && (await answersWithin(adopted.url, 5_000)))
      return adopted;
    await stopProcess(left.pid, "SIGINT");
  }
  if (options.port !== undefined) await requireFree("PostgreSQL", options.port);
  return start(at, password, log, options);
}

async function start(at: Place, password: string, log: string, options: PostgresOptions): Promise<Postgres> {
  const settings = Object.entries({ ...SETTINGS, ...options.settings }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  for (const deadline = Date.now() + 20_000; ; await sleep(200)) {
    const port = options.port ?? must((await freePorts(1))[0], "free port");
    const args = ["-D", at.dataDir, "-p", String(port), ...settings];
    const server = await spawnService(join(at.bin, "postgres"), args, { log, cwd: "/", ...at.owner });
    const postgres = running(server.pid, port, password);
    try {
      await untilAnswering("PostgreSQL", server, () => ping(postgres.url));
      return postgres;
    } catch (error) {
      await stopProcess(server.pid, "SIGQUIT");
      const output = server.output();
      // A postmaster that was killed a moment ago, and not buried yet, still seems to hold the folder.
      const passes =
        /pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(output) ||
        (!options.port && /Address already in use/.test(output));
      if (!passes || Date.now() > deadline) throw error;
    }
  }
}

function running(pid: number, port: number, password: string): Postgres {
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    port,
    pid,
    stop: (signal = "SIGINT") => stopProcess(pid, signal),
  };
}

/** Makes the data folder unless it is there, in one step as seen from outside. Resolves to the superuser's password. */
async function initialise(at: Place, passwordFile: string, log: string, locale: string[]): Promise<string> {
  if (existsSync(join(at.dataDir, "PG_VERSION"))) {
    if (existsSync(passwordFile)) return readFileSync(passwordFile, "utf8");
    if (!at.elsewhere) {
      throw new StartProblem(
        `${passwordFile} is missing, the password of the data in ${at.dataDir}: restore it, or remove both.`,
      );
    }
    // The folder that this data belongs to was removed, to start afresh; nothing is deleted here, though.
    renameSync(at.dataDir, `${at.dataDir}.${Date.now()}`);
  }
  const password = randomBytes(24).toString("base64url");
  const unfinished = `${at.dataDir}.new`;
  const copy = `${unfinished}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(passwordFile), { recursive: true });
  ownFolder(unfinished, at);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  writeFileSync(copy, password, { mode: 0o600 });
  if (at.owner) chownSync(copy, at.owner.uid, at.owner.gid);
  try {
    await initdb(at, unfinished, copy, log, locale);
  } finally {
    rmSync(copy, { force: true });
  }
  renameSync(unfinished, at.dataDir);
  return password;
}

async function initdb(
  at: Place,
  folder: string,
  pwfile: string,
  log: string,
  locale: string[],
): Promise<void> {
  const args = [
    `--pgdata=${folder}`,
    `--pwfile=${pwfile}`,
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    ...locale,
    "--no-instructions",
  ];
  const child = spawn(join(at.bin, "initdb"), args, {
    cwd: "/",
    env: environmentFor(),
    stdio: ["ignore", "pipe", "pipe"],
    ...at.owner,
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await once(child, "close");
  writeFileSync(log, output, { flag: "a", mode: 0o600 });
  if (child.exitCode === 0) return;
  rmSync(folder, { recursive: true, force: true });
  throw new StartProblem(
    /no space left/i.test(output)
      ? `PostgreSQL's data folder ${at.dataDir} can't be made: the disk is full. Free some space and start again.`
      : `PostgreSQL's data folder ${at.dataDir} can't be made:\n${output.trim()}`,
  );
}

/**
 * The server that still runs on this data, by its postmaster.pid, when the process under that id really is it. A file
 * that names some other process (ids are reused) is removed, since PostgreSQL would refuse to start over it.
 */
function leftover(dataDir: string): { pid: number; port: number } | null {
  const file = join(dataDir, "postmaster.pid");
  if (!existsSync(file)) return null;
  const lines = readFileSync(file, "utf8").split("\n");
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  const command = commandLine(pid);
  if (command === null) return null;
  if (command.includes("postgres") && command.includes(`-D ${dataDir} `)) return { pid, port };
  rmSync(file, { force: true });
  return null;
}

async function answersWithin(url: string, ms: number): Promise<boolean> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(100)) {
    if (
      await ping(url).then(
        () => true,
        () => false,
      )
    )
      return true;
  }
  return false;
}

async function ping(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("select 1");
  } finally {
    await client.end().catch(() => undefined);
  }
}
