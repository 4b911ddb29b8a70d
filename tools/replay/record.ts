/**
 * `npm run replay:record [name …]`: runs a scenario for every way through the workflows, on a node and servers of its own,
 * and adds the workflows' histories to test/replay, under the commit that they are recorded on. It overwrites none: the tests replay all that
 * were ever recorded, so a change that would break workflows under way fails there. docs/workflows.md says which may be taken away, and when.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
import { StartProblem } from "../services/problem.ts";
import { currentVersion, saveCode, saveFixture, shownPath } from "./fixtures.ts";
import { fetchHistory } from "./history.ts";
import { scenarios, type World } from "./scenarios.ts";

const undo: (() => unknown)[] = [];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function build(): Promise<{ world: World; client: Client }> {
  const home = mkdtempSync(join(tmpdir(), "tocsin-record-"));
  chmodSync(home, 0o711);
  undo.push(() => rmSync(home, { recursive: true, force: true }));
  const embedded = await startEmbedded(home, say);
  undo.push(() => embedded.stop());
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
  const node = await run(config, { log: createLog("silent") });
  undo.push(() => node.stop());
  const knex = openDatabase(await prepareDatabase(config));
  undo.push(() => knex.destroy());
  const connection = await Connection.connect({ address: config.temporal.address });
  undo.push(() => connection.close());
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

async function record(names: string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(scenarios, name));
  if (unknown.length > 0)
    throw new StartProblem(
      `No scenario ${unknown.join(", ")}. There are: ${Object.keys(scenarios).join(", ")}`,
    );
  const version = currentVersion();
  const { world, client } = await build();
  for (const [name, play] of Object.entries(scenarios)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const history = must(await fetchHistory(client, await play(world)), name);
    say(`${shownPath(saveFixture(history, version, name))}: ${history.events.length} events`);
  }
  saveCode(version);
}

try {
  await record(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof StartProblem)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  for (const step of undo.reverse()) await step();
}
