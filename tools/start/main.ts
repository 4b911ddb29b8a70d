import { once } from "node:events";
import { enableCompileCache } from "node:module";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { listen } from "../../api/http/server.ts";
import { ConfigError, parseEnv } from "../../config/env.ts";
import { openMasterKeys } from "../../config/kms/open.ts";
import { errorFields } from "../../config/log.ts";
import { within } from "../../config/within.ts";
import { endAtFaults } from "../../node/faults.ts";
import { reason } from "../services/problem.ts";
import { welcome } from "./announce.ts";
import { startEmbedded } from "./embedded.ts";
import { openHome } from "./home.ts";
import { findLauncher, stillRuns } from "./launcher.ts";
import { lockHome } from "./lock.ts";
import { openLog } from "./log.ts";
import { namesServices, roleProblem } from "./services.ts";

/** What Node compiles of the node's own code, which is loaded late, and of packages, is kept for the next start: it takes half as long. */
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(
  new URL("../../node_modules/.cache/tocsin/compiled", import.meta.url),
);
enableCompileCache(process.env["NODE_COMPILE_CACHE"]);

/** Steps that undo the start when the program ends, the last one first. */
const undo: (() => unknown)[] = [];
let stopping = false;
/** Aborted when the program ends: a start that waits for PostgreSQL gives up. */
const ending = new AbortController();

/** How long the end waits for a start that is under way, which may be making a database, and for a node to stop; ms. A second Ctrl-C waits for neither. */
const START = 60_000;
const STOP = 20_000;

/** Errors whose message says what to do; by name, since the node's own classes are loaded late. */
const EXPECTED = new Set([
  "StartProblem",
  "ConfigError",
  "ChannelError",
  "DatabaseSetupError",
  "MasterKeyError",
  "ListenError",
]);

function say(line: string): void {
  process.stdout.write(`tocsin: ${line}\n`);
}

/** `npm start`: a node on the services that the environment names, or on embedded ones where it names none. */
async function start(): Promise<void> {
  endWithLauncher();
  if (process.argv.includes("--check")) return await check();
  if (namesServices(process.env)) {
    const config = parseEnv(await openMasterKeys(process.env), process.argv.slice(2));
    if (config.role !== "worker") await requirePort(config.port, config.host);
    const { run } = await import("../../api/main.ts");
    const node = await run(config, { signal: ending.signal, onLost });
    undo.push(() => within(node.stop(), STOP, () => undefined));
    return;
  }
  const role = process.argv.find((word) => word.startsWith("--role="));
  if (role !== undefined) throw roleProblem(role);
  const { requireEmbedded } = await import("./check.ts");
  requireEmbedded(process.env, process.argv.slice(2));
  const home = openHome(process.env["TOCSIN_HOME"] || ".tocsin");
  undo.push(await lockHome(home));
  await requirePort(Number(process.env["PORT"] || 3000), process.env["HOST"] || "0.0.0.0");
  const program = import("../../api/main.ts");
  program.catch(() => undefined);
  const embedded = await startEmbedded(home, say);
  undo.push(() => embedded.stop());
  if (stopping) return;
  say("starting the node …");
  const config = parseEnv({ ...process.env, ...embedded.env }, process.argv.slice(2));
  const { run } = await program;
  const node = await run(config, { log: openLog(home, config.logLevel), signal: ending.signal, onLost });
  undo.push(() => within(node.stop(), STOP, () => undefined));
  if (!stopping) process.stdout.write(`${welcome(home, node.url)}\n`);
}

/** `npm start -- --check`: says every fault of the configuration, and starts nothing. */
async function check(): Promise<void> {
  const { findFaults } = await import("./check.ts");
  const faults = await findFaults(process.env, process.argv.slice(2));
  if (faults.length > 0) throw new ConfigError(faults);
  say("nothing is wrong with the configuration.");
  process.exit(0);
}

/** Checks the port before any service is started, since the node takes it last of all. */
async function requirePort(port: number, host: string): Promise<void> {
  const server = createServer();
  await listen(server, port, host);
  const closed = once(server, "close");
  server.close();
  await closed;
}

function endWithLauncher(): void {
  const launcher = findLauncher();
  if (launcher === null) return;
  setInterval(() => {
    if (!stillRuns(launcher)) void interrupted("SIGTERM");
  }, 500).unref();
}

/** Lets a start that is under way come to rest, then ends in order. A second Ctrl-C doesn't wait for that. */
async function interrupted(signal: NodeJS.Signals): Promise<void> {
  if (stopping) {
    if (signal === "SIGINT") process.exit(130);
    return;
  }
  stopping = true;
  say("stopping …");
  ending.abort();
  await within(starting, START, () => undefined);
  await end();
  process.exit(0);
}

async function end(): Promise<void> {
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
    try {
      await step();
    } catch (error) {
      process.stderr.write(`tocsin: while stopping: ${reason(error)}\n`);
    }
  }
}

async function fail(error: unknown): Promise<void> {
  if (stopping) return;
  stopping = true;
  await end();
  const expected = error instanceof Error && EXPECTED.has(error.constructor.name);
  const advice = expected ? "" : "\nThis isn't expected; the logs in TOCSIN_HOME may say more.";
  process.stderr.write(`\ntocsin: Tocsin can't start.\n${reason(error)}${advice}\n\n`);
  process.exit(1);
}

/** Tells of a fault's kind and place; its text may quote a message. */
function sayFault(fault: unknown): void {
  process.stderr.write(
    `\ntocsin: Tocsin ends because of a fault of its own: ${JSON.stringify(errorFields(fault))}\n`,
  );
}

/** Stops the services after a fault, too. */
async function crash(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await within(end(), STOP, () => undefined);
  process.exit(1);
}

/** The node's workers are gone for good: it would take sends in, and bring none. */
function onLost(fault: unknown): void {
  sayFault(fault);
  void crash();
}

// The program goes on when its terminal or pipe is closed.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
endAtFaults(sayFault, () => void crash());
process.on("SIGINT", () => void interrupted("SIGINT"));
process.on("SIGTERM", () => void interrupted("SIGTERM"));
const starting = start().catch(fail);
