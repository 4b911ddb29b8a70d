/**
 * `npm run bench`: how fast a node takes sends in and shows them, compared with empty workflows on the same servers.
 *
 *   --quick      fewer rounds
 *   --rounds=N   rounds of each figure (default 5)
 *   --count=N    operations in a round (default 150)
 *   --seconds=N  for how long nodes are offered too much (default 60)
 *   --million    also puts a million notifications into a database and reads inbox pages there
 *   --only=PART  only this part, again for more: sends, cpu, reference, losses, live, sockets, webhooks, family, critical, broadcast,
 *                bulk, overload, page, redactor
 *   --json       prints the figures as JSON, and all else to the standard error
 *   --cpu-prof   leaves a CPU profile of the node in the current folder
 *
 * Runs against DATABASE_URL, REDIS_URL and TEMPORAL_ADDRESS where they are set (it adds people and notifications there),
 * else on servers of its own in a temporary folder, as the embedded default has them.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { must } from "../../config/must.ts";
import { parseEnv } from "../../config/env.ts";
import { loadInstallationKey } from "../../store/crypto/secrets.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { openDatabase, PATIENCE } from "../../store/db/knex.ts";
import { prepareDatabase } from "../../store/db/prepare.ts";
import { createSessionTokens } from "../../store/people/session-tokens.ts";
import { readDemo } from "./demo.ts";
import { startPager } from "../pager/server.ts";
import { findRedis } from "../services/redis.ts";
import { startEmbedded } from "../start/embedded.ts";
import { namesServices } from "../start/services.ts";
import { runScript, startChild } from "./child.ts";
import { openClients } from "./clients.ts";
import { pageOfMany } from "./inbox.ts";
import { broadcastRate } from "./broadcast.ts";
import { bulkRate } from "./bulk.ts";
import { makeCrowd, makePeople } from "./people.ts";
import { largeRole } from "./family.ts";
import { criticalBehindQueue, liveBesidePlugin, quiet } from "./lanes.ts";
import { overload } from "./overload.ts";
import { cpuCosts, reportCpu } from "./cpu.ts";
import { compareLive } from "./live/compare.ts";
import { compareWithReference } from "./reference/compare.ts";
import { lossesOfReference } from "./reference/losses.ts";
import { createReference } from "./reference/site.ts";
import type { Report } from "./report.ts";
import { compareSends } from "./sends.ts";
import { besideDeadWebhooks } from "./webhooks.ts";

const RECIPIENTS = 20;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    count: { type: "string" },
    seconds: { type: "string" },
    million: { type: "boolean", default: false },
    "cpu-prof": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
  },
});
const size = {
  rounds: Number(values.rounds ?? (values.quick ? 2 : 5)),
  count: Number(values.count ?? (values.quick ? 60 : 150)),
};

/** Parts that are left out unless asked for. */
const wanted = (part: string): boolean =>
  part === "page" ? values.million : ["redactor", "losses"].includes(part) ? !values.quick : true;

const undo: (() => unknown)[] = [];
const say = (line: string): void => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
const tell = ({ lines, figures }: Report): Report["figures"] => {
  for (const line of lines) say(line);
  return figures;
};

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
  const knex = openDatabase(await prepareDatabase(config), { patience: PATIENCE });
  undo.push(() => knex.destroy());
  const profile = values["cpu-prof"] ? ["--cpu-prof"] : [];
  const Ready = z.object({ url: z.string() });
  const node = await startChild("node.ts", Ready, env, profile);
  undo.push(() => node.stop());
  const empty = await startChild("empty.ts", z.object({ ready: z.literal(true) }), {
    TEMPORAL_ADDRESS: config.temporal.address,
  });
  undo.push(() => empty.stop());

  const { api_key, territories } = readDemo(home);
  const territory = must(territories[0], "territory in demo.json");
  const secrets = await loadInstallationKey(knex, createVault(config.masterKeys));
  const people = await makePeople(knex, createSessionTokens(secrets), territory, RECIPIENTS);
  const clients = await openClients([node.ready.url], api_key, people);
  undo.push(() => clients.close());
  const ownerUrl = config.database.migrationUrl ?? config.database.url;
  const parts: Record<string, () => Promise<Report["figures"] | void>> = {
    sends: async () => {
      say(
        `Sends, and empty workflows on the same servers (median of ${size.rounds} rounds of ${size.count}):`,
      );
      return tell(await compareSends(clients, node, empty, size));
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
      return tell(reportCpu(costs));
    },
    reference: async () => {
      await quiet(knex);
      say("Sends, and the same job on Koa, BullMQ, PostgreSQL and ws (tools/bench/reference):");
      const redis = await findRedis(home);
      const site = await createReference(ownerUrl, redis.url, RECIPIENTS);
      const reference = await site.start();
      const theirs = await site.clients(reference.ready.url);
      const report = await compareWithReference(
        { clients, node },
        { clients: theirs, node: reference },
        size,
      );
      theirs.close();
      await reference.stop();
      await site.close();
      await redis.stop();
      return tell(report);
    },
    losses: async () => {
      say("What that build has accepted and loses, where a part is killed with kill -9 amid a load:");
      const { node: ofNode, redis } = await lossesOfReference(ownerUrl, home);
      say(`  its node: ${ofNode.lost} of ${ofNode.accepted}; its Redis: ${redis.lost} of ${redis.accepted}`);
      return { by_node: ofNode.lost, by_redis: redis.lost, accepted_by_redis: redis.accepted };
    },
    sockets: async () => {
      say("1,000 sockets on two nodes through Redis, beside ws and ioredis alone:");
      const redis = await findRedis(home);
      const report = await compareLive(redis.url, { ...size, count: 40 * size.count });
      await redis.stop();
      return tell(report);
    },
    live: async () => {
      await quiet(knex);
      say("The live channel beside a plugin that hangs:");
      say(await liveBesidePlugin(clients, pager, values.quick ? 50 : 500, 3 * size.count));
    },
    webhooks: async () => {
      await quiet(knex);
      say("Sends and events beside webhooks that never answer:");
      const vault = createVault(config.masterKeys);
      for (const line of await besideDeadWebhooks(clients, knex, vault, size.count)) say(line);
    },
    family: async () => {
      await quiet(knex);
      const many = values.quick ? 500 : 2_000;
      say(`A role of more than ${many} people (median of ${size.rounds} rounds):`);
      await makeCrowd(knex, territory, many);
      return tell(await largeRole(knex, clients, must(people[0], "recipient"), size.rounds));
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
      return tell(await broadcastRate(knex, clients, empty, territory));
    },
    bulk: async () => {
      await quiet(knex);
      const many = values.quick ? 300 : 3_000;
      say(`${many} notifications in bulks, to ${RECIPIENTS} people:`);
      return tell(await bulkRate(knex, clients, empty, many));
    },
    overload: async () => {
      await quiet(knex);
      say("Three times as much as two nodes work off:");
      // The node before would take its part of their work.
      clients.close();
      await node.stop();
      const redis = await findRedis(home);
      const shared = { ...env, REDIS_URL: redis.url };
      const nodes = await Promise.all([1, 2].map(() => startChild("node.ts", Ready, shared)));
      const urls = nodes.map(({ ready }) => ready.url);
      const both = await openClients(urls, api_key, people);
      const report = await overload(both, nodes, Number(values.seconds ?? (values.quick ? 15 : 60)));
      both.close();
      await Promise.all(nodes.map((one) => one.stop()));
      await redis.stop();
      return tell(report);
    },
    page: async () => {
      say("A page of an inbox, among a million notifications of 5,000 people in 50 territories:");
      say(await pageOfMany(knex, ownerUrl));
    },
    redactor: async () => {
      say("The redactor:");
      await runScript("redaction.ts", ["--expose-gc"]);
    },
  };
  // Not in the order asked for: the overload's part ends the node that others use.
  const asked = Object.keys(parts).filter((part) => values.only?.includes(part) ?? wanted(part));
  const found: Record<string, Report["figures"]> = {};
  const load = loadavg()[0];
  for (const [index, part] of asked.entries()) {
    const start = performance.now();
    say(`[${index + 1} of ${asked.length}] ${part}`);
    const figures = await parts[part]?.();
    if (figures) found[part] = figures;
    say(`  (${((performance.now() - start) / 1_000).toFixed(0)} s)\n`);
  }
  const machine = {
    cores: availableParallelism(),
    node: process.version,
    load_before: load,
    load_after: loadavg()[0],
  };
  if (values.json) process.stdout.write(`${JSON.stringify({ machine, parts: found }, null, 2)}\n`);
}

try {
  await bench();
} finally {
  for (const step of undo.reverse()) await step();
}
