/**
 * `npm run bench`: how fast a node takes sends in and shows them, compared with empty workflows on the same servers.
 *
 *   --quick      fewer rounds
 *   --rounds=N   rounds of each figure (default 5)
 *   --count=N    operations in a round (default 150)
 *   --million    also puts a million notifications into a database and reads inbox pages there
 *   --only=PART  only this part, again for more: sends, cpu, live, critical, broadcast, overload, record, page, redactor
 *   --cpu-prof   leaves a CPU profile of the node in the current folder
 *
 * Runs against DATABASE_URL, REDIS_URL and TEMPORAL_ADDRESS where they are set (it adds people and notifications there),
 * else on servers of its own in a temporary folder, as the embedded default has them.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { must } from "../../config/must.ts";
import { parseEnv } from "../../config/env.ts";
import { openDatabase } from "../../store/db/knex.ts";
import { prepareDatabase } from "../../store/db/prepare.ts";
import { readDemo } from "./demo.ts";
import { startPager } from "../pager/server.ts";
import { startEmbedded } from "../start/embedded.ts";
import { namesServices } from "../start/services.ts";
import { auditShare } from "./audit.ts";
import { runScript, startChild } from "./child.ts";
import { openClients } from "./clients.ts";
import { pageOfMany } from "./inbox.ts";
import { broadcastRate } from "./broadcast.ts";
import { makeCrowd, makePeople } from "./people.ts";
import { criticalBehindQueue, liveBesidePlugin, quiet } from "./lanes.ts";
import { overload } from "./overload.ts";
import { cpuCosts, cpuTable } from "./cpu.ts";
import { compareSends } from "./sends.ts";

const RECIPIENTS = 20;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    count: { type: "string" },
    million: { type: "boolean", default: false },
    "cpu-prof": { type: "boolean", default: false },
    only: { type: "string", multiple: true },
  },
});
const size = {
  rounds: Number(values.rounds ?? (values.quick ? 2 : 5)),
  count: Number(values.count ?? (values.quick ? 60 : 150)),
};

/** Parts that are left out unless asked for. */
const wanted = (part: string): boolean =>
  part === "page" ? values.million : part === "redactor" ? !values.quick : true;

const undo: (() => unknown)[] = [];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function bench(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "tocsin-bench-"));
  chmodSync(home, 0o711);
  undo.push(() => rmSync(home, { recursive: true, force: true }));
  const env: NodeJS.ProcessEnv = {
    PORT: "0",
    HOST: "127.0.0.1",
    LOG_LEVEL: "info",
    // The bound is for each key, and one key sends everything here.
    RATE_SENDS_PER_SECOND: "1000000",
    TOCSIN_SEED_DEMO: "1",
    TOCSIN_HOME: home,
  };
  if (!namesServices(process.env)) {
    const embedded = await startEmbedded(home, say);
    undo.push(() => embedded.stop());
    Object.assign(env, embedded.env);
  }
  const pager = await startPager();
  undo.push(() => pager.close());
  Object.assign(env, pager.env);
  const config = parseEnv({ ...process.env, ...env });
  const knex = openDatabase(await prepareDatabase(config));
  undo.push(() => knex.destroy());
  const profile = values["cpu-prof"] ? ["--cpu-prof"] : [];
  const node = await startChild("node.ts", z.object({ url: z.string() }), env, profile);
  undo.push(() => node.stop());
  const empty = await startChild("empty.ts", z.object({ ready: z.literal(true) }), {
    TEMPORAL_ADDRESS: config.temporal.address,
  });
  undo.push(() => empty.stop());

  const { api_key, territories } = readDemo(home);
  const territory = must(territories[0], "territory in demo.json");
  const people = await makePeople(knex, territory, RECIPIENTS);
  const clients = await openClients(node.ready.url, api_key, people);
  undo.push(() => clients.close());
  const parts: Record<string, () => Promise<void>> = {
    sends: async () => {
      say(
        `Sends, and empty workflows on the same servers (median of ${size.rounds} rounds of ${size.count}):`,
      );
      for (const line of await compareSends(clients, node, empty, size)) say(line);
    },
    cpu: async () => {
      say(
        `CPU of a send and of an empty workflow, 20 at once (median of ${size.rounds} rounds of ${2 * size.count}):`,
      );
      const ports = {
        postgres: Number(new URL(config.database.url).port || 5432),
        temporal: Number(config.temporal.address.split(":").at(-1)),
      };
      const costs = await cpuCosts(clients, node, empty, ports, { ...size, count: 2 * size.count });
      for (const line of cpuTable(costs)) say(line);
    },
    live: async () => {
      await quiet(knex);
      say("The live channel beside a plugin that hangs:");
      say(await liveBesidePlugin(clients, pager, values.quick ? 50 : 500, 3 * size.count));
    },
    critical: async () => {
      await quiet(knex);
      say("Critical sends, behind a queue:");
      const many = values.quick ? 1_000 : 10_000;
      await makeCrowd(knex, territory, many);
      for (const line of await criticalBehindQueue(clients, territory, many, size.count)) say(line);
    },
    broadcast: async () => {
      await quiet(knex);
      const many = values.quick ? 1_000 : 10_000;
      say(`A broadcast to ${many} people:`);
      await makeCrowd(knex, territory, many);
      for (const line of await broadcastRate(knex, clients, empty, territory)) say(line);
    },
    overload: async () => {
      await quiet(knex);
      say("Three times as much as the node works off:");
      for (const line of await overload(clients, node, values.quick ? 15 : 60)) say(line);
    },
    record: async () => {
      say("The record's share in a send's time in the database:");
      say(await auditShare(knex, config, people[0], size.count));
    },
    page: async () => {
      say("A page of an inbox, among a million notifications of 5,000 people in 50 territories:");
      say(await pageOfMany(knex, config.database.migrationUrl ?? config.database.url));
    },
    redactor: async () => {
      say("The redactor:");
      await runScript("redaction.ts", ["--expose-gc"]);
    },
  };
  const asked = values.only ?? Object.keys(parts).filter((part) => wanted(part));
  for (const part of asked) {
    await parts[part]?.();
    say("");
  }
}

try {
  await bench();
} finally {
  for (const step of undo.reverse()) await step();
}
