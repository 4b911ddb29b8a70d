import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { must } from "../../config/must.ts";
import { climb, type Rung } from "./ladder.ts";
import { StartProblem } from "./problem.ts";
import { stopProcess } from "./process.ts";
import { redisPrograms } from "./redis-program.ts";
import { freePorts, requireFree, spawnService, untilAnswering } from "./spawn.ts";

export interface Redis {
  url: string;
  /** Stops the server when it was started for this; leaves one that was there alone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface RedisServer extends Redis {
  port: number;
  pid: number;
}

const ADVICE = [
  "install Redis (https://redis.io/docs/latest/operate/oss_and_stack/install), so that redis-server is on PATH",
  "set REDIS_URL to one you have",
];

/**
 * Tests keep to this logical database where they share a server. Its channels are shared all the same; their names
 * hold ids that differ.
 */
const TEST_DB = 15;

/**
 * A Redis for the tests: REDIS_URL, else the one on 127.0.0.1:6379, else an own one.
 * @throws StartProblem when there is no way to get one.
 */
export function findRedis(folder: string): Promise<Redis> {
  return climb("a Redis server", redisRungs(folder), ADVICE);
}

/** The ways to a Redis, best first; `folder` gets the log of one that is started. */
export function redisRungs(folder: string, local = { host: "127.0.0.1", port: 6379 }): Rung<Redis>[] {
  const own = (program: string): Promise<Redis> => startRedisServer({ folder, program });
  return [
    { name: "REDIS_URL", get: given },
    { name: `one on ${local.host}:${local.port}`, get: () => sharing(local.host, local.port) },
    ...redisPrograms().map(({ name, get }) => ({ name, get: async () => own(await get()) })),
  ];
}

async function given(): Promise<Redis> {
  const url = process.env["REDIS_URL"];
  if (!url) throw new Error("not set");
  const { hostname, port } = new URL(url);
  await reach(hostname, Number(port || 6379)).catch((cause: unknown) => {
    throw new StartProblem(`REDIS_URL is set, but nothing answers on ${hostname}:${port || 6379}.`, {
      cause,
    });
  });
  return { url, stop: () => Promise.resolve() };
}

async function sharing(host: string, port: number): Promise<Redis> {
  await ask(host, port, "PING", "+PONG");
  await ask(host, port, `SELECT ${TEST_DB}`, "+OK");
  return { url: `redis://${host}:${port}/${TEST_DB}`, stop: () => Promise.resolve() };
}

async function reach(host: string, port: number): Promise<void> {
  const socket = connect({ host, port, timeout: 3_000 });
  socket.once("timeout", () => socket.destroy(new Error("no answer within 3 s")));
  await once(socket, "connect").finally(() => socket.destroy());
}

/** Sends one inline command and checks how the answer begins. */
async function ask(host: string, port: number, command: string, answer: string): Promise<void> {
  const socket = connect({ host, port, timeout: 3_000 });
  socket.once("timeout", () => socket.destroy(new Error("no answer within 3 s")));
  socket.once("end", () => socket.destroy(new Error("it hung up")));
  try {
    socket.write(`${command}\r\n`);
    const reply = String((await once(socket, "data"))[0]).trim();
    if (!reply.startsWith(answer)) throw new Error(`it answers ${command} with ${reply}`);
  } finally {
    socket.destroy();
  }
}

export interface RedisServerOptions {
  /** Folder for its log. */
  folder: string;
  /** Default: a free one. */
  port?: number;
  /** Default: redis-server on PATH, else one that is built. */
  program?: string;
  /** Further arguments of redis-server. */
  args?: string[];
}

/** Starts an own Redis on 127.0.0.1 that keeps nothing on disk, for tests that stop it. */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const program = options.program ?? (await findProgram());
  if (options.port !== undefined) await requireFree("Redis", options.port);
  const port = options.port ?? must((await freePorts(1))[0], "free port");
  const args = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
    "--daemonize",
    "no",
    "--dir",
    options.folder,
    ...(options.args ?? []),
  ];
  const server = await spawnService(program, args, {
    log: join(options.folder, "redis.log"),
    cwd: options.folder,
  });
  const stop = (signal: NodeJS.Signals = "SIGTERM"): Promise<void> => stopProcess(server.pid, signal);
  await untilAnswering("Redis", server, () => ask("127.0.0.1", port, "PING", "+PONG"), 10_000).catch(
    async (error: unknown) => {
      await stop("SIGKILL");
      throw error;
    },
  );
  return { url: `redis://127.0.0.1:${port}`, port, pid: server.pid, stop };
}

const findProgram = (): Promise<string> => climb("a Redis server", redisPrograms(), ADVICE);
