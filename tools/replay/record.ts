/**
 * `npm run replay:record [name …]`: runs a scenario for every way through the workflows, on a node and servers of its own,
 * and adds the workflows' histories to test/replay, under the commit that they are recorded on, once every scenario has gone through. It overwrites none: the tests replay all that
 * were ever recorded, so a change that would break workflows under way fails there. docs/workflows.md says which may be taken away, and when.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import { run } from "../../api/main.ts";
import { parseEnv } from "../../config/env.ts";
import { must } from "../../config/must.ts";
import { createLog } from "../../config/log.ts";
import { openDatabase } from "../../store/db/knex.ts";
import { prepareDatabase } from "../../store/db/prepare.ts";
import { demoUser, readDemo } from "../../testing/client.ts";
import { startPager } from "../pager/server.ts";
import { aContactPoint } from "../../testing/nouns.ts";
import { startRedisServer } from "../services/redis.ts";
import { startEmbedded } from "../start/embedded.ts";
import { reason, StartProblem } from "../services/problem.ts";
import { currentVersion, saveCode, saveFixture, shownPath } from "./fixtures.ts";
import { fetchHistory, type History } from "./history.ts";
import { type Scenario, scenarios, type World } from "./scenarios.ts";

/** How long a scenario may take; ms. A busy machine needs it. */
const LONGEST = 5 * 60_000;

/** Aborted where the recording is to end before it is through. */
const ending = new AbortController();
const undo: (() => unknown)[] = [];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Starts a node and its servers. What has been started is in `undo`, also where the rest fails or is not wanted any more. */
async function build(): Promise<{ world: World; client: Client }> {
  const home = mkdtempSync(join(tmpdir(), "tocsin-record-"));
  chmodSync(home, 0o711);
  undo.push(() => rmSync(home, { recursive: true, force: true }));
  const embedded = await startEmbedded(home, say);
  undo.push(() => embedded.stop());
  ending.signal.throwIfAborted();
  let redis = await startRedisServer({ folder: home });
  undo.push(() => redis.stop());
  const pager = await startPager();
  undo.push(() => pager.close());
  const env = {
    ...process.env,
    ...embedded.env,
    ...pager.env,
    REDIS_URL: redis.url,
    PORT: "0",
    HOST: "127.0.0.1",
  };
  Object.assign(process.env, pager.env);
  const config = parseEnv(env);
  const node = await run(config, { log: createLog("silent"), signal: ending.signal });
  undo.push(() => node.stop());
  ending.signal.throwIfAborted();
  const knex = openDatabase(await prepareDatabase(config));
  undo.push(() => knex.destroy());
  // Never closed: a scenario that is left may still ask by it, until the process exits.
  const connection = await Connection.connect({ address: config.temporal.address });
  const client = new Client({ connection });
  const demo = await readDemo(home);
  await aContactPoint(
    { knex },
    { person: demoUser(demo, "clinician").user_id, channel: "pager", address: "7" },
  );
  const bus: World["bus"] = {
    stop: () => redis.stop("SIGKILL"),
    start: async () => {
      redis = await startRedisServer({ folder: home, port: redis.port });
    },
  };
  const ended = async (workflowId: string): Promise<void> => {
    await client.workflow.getHandle(workflowId).result();
  };
  return { world: { url: node.url, demo, knex, pager, bus, ended }, client };
}

/** Takes a scenario's way. @throws StartProblem where it is not over in time, or the recording is to end */
async function play(name: string, scenario: Scenario, world: World): Promise<string> {
  const over = new AbortController();
  const late = async (): Promise<never> => {
    await delay(LONGEST, undefined, { signal: AbortSignal.any([over.signal, ending.signal]) }).catch(
      () => undefined,
    );
    ending.signal.throwIfAborted();
    throw new StartProblem(`The scenario ${name} is not over after ${LONGEST / 60_000} min.`);
  };
  try {
    return await Promise.race([scenario(world), late()]);
  } catch (cause) {
    if (cause instanceof StartProblem) throw cause;
    throw new StartProblem(`The scenario ${name} failed: ${reason(cause)}`, { cause });
  } finally {
    over.abort();
  }
}

async function record(names: string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(scenarios, name));
  if (unknown.length > 0)
    throw new StartProblem(
      `No scenario ${unknown.join(", ")}. There are: ${Object.keys(scenarios).join(", ")}`,
    );
  const version = currentVersion();
  const { world, client } = await build();
  const histories = new Map<string, History>();
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const history = must(await fetchHistory(client, await play(name, scenario, world)), name);
    say(`${name}: ${history.events.length} events`);
    histories.set(name, history);
  }
  ending.signal.throwIfAborted();
  for (const [name, history] of histories) say(shownPath(saveFixture(history, version, name)));
  // What a few histories say of the code is not all that it does.
  if (histories.size === Object.keys(scenarios).length) saveCode(version);
}

/** Stops what was started, the last one first, whatever fails on the way. */
async function undoAll(): Promise<void> {
  for (const step of undo.reverse()) {
    try {
      await step();
    } catch (error) {
      complain(error);
    }
  }
}

function complain(error: unknown): void {
  process.stderr.write(
    `${error instanceof StartProblem ? error.message : `replay:record: ${reason(error)}`}\n`,
  );
  process.exitCode = 1;
}

// Each further Ctrl-C is too late to stop the servers sooner.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => ending.abort(new StartProblem("Stopped: nothing was recorded.")));
await record(process.argv.slice(2)).catch(complain);
await undoAll();
// A scenario that was left has clients that come back for ever.
process.exit();
