import { setTimeout as delay } from "node:timers/promises";
import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import type { PagerServer } from "../pager/server.ts";
import type { Clients } from "./clients.ts";
import { measure, quantile } from "./measure.ts";

/** How long each notification takes to reach its recipient's socket; ms. */
export async function latencies(clients: Clients, count: number, more: object): Promise<number[]> {
  const load = { count, lanes: 1, until: "done" } as const;
  const { latencies: all } = await measure(
    load,
    (lane) => clients.send(lane, more),
    () => ({ cpu: 0 }),
  );
  return all;
}

const CRITICAL = { priority: "critical", channels: ["websocket"] };
export const NORMAL = { priority: "normal", channels: ["websocket"] };

/** Sends that go ahead and are not measured. */
export const WARM_UP = 50;

/** Time in which a flood gets under way; ms. */
const UNDER_WAY = 5_000;

/**
 * Critical sends: on an idle node, beside ordinary ones that come as fast as they are taken in, beside a broadcast to a
 * crowded territory, and behind a queue of ordinary ones.
 */
export async function criticalBehindQueue(
  clients: Clients,
  crowded: string,
  queued: number,
  count: number,
): Promise<string[]> {
  await latencies(clients, WARM_UP, CRITICAL);
  const idle = quantile(await latencies(clients, count, CRITICAL), 0.5);
  const beside = await duringFlood(clients, async () =>
    quantile(await latencies(clients, count, CRITICAL), 0.5),
  );
  await clients.broadcast(crowded);
  const during = quantile(await latencies(clients, count, CRITICAL), 0.5);
  await clients.queue(queued, NORMAL);
  const behind = quantile(await latencies(clients, count, CRITICAL), 0.5);
  const line = (what: string, p50: number): string =>
    `  p50 idle ${ms(idle)}, ${what} ${ms(p50)}: ratio ${(p50 / idle).toFixed(2)}`;
  return [
    line(`during a broadcast to as many people`, during),
    line("beside 20 who send ordinary ones", beside),
    line(`with ${queued} ordinary ones queued`, behind),
  ];
}

/** Has ordinary ones sent until `work` is done. */
async function duringFlood<T>(clients: Clients, work: () => Promise<T>): Promise<T> {
  let over = false;
  const flood = sendWhile(clients, NORMAL, () => !over);
  await delay(UNDER_WAY);
  const result = await work();
  over = true;
  await flood;
  return result;
}

/** Has 20 clients send; each sends its next once its last was accepted. */
async function sendWhile(clients: Clients, body: object, more: () => boolean): Promise<void> {
  const send = async (lane: number): Promise<void> => {
    while (more()) await clients.send(lane, body).accepted;
  };
  await Promise.all(Array.from({ length: 20 }, (_, lane) => send(lane)));
}

/** Resolves when everything that was sent before has been worked off. */
export async function quiet(knex: Knex): Promise<void> {
  const left = (): Promise<boolean> =>
    actAs(knex, "relay", async (trx) => {
      const { rows } = await trx.raw(
        `SELECT EXISTS (SELECT FROM sends WHERE status = 'accepted')
           OR EXISTS (SELECT FROM deliveries WHERE status IN ('queued', 'claimed')) AS left`,
      );
      return rows[0].left;
    });
  while (await left()) await delay(500);
}

/** The live channel alone, and beside a plugin that has many deliveries and hangs, fails or throws null. */
export async function liveBesidePlugin(
  clients: Clients,
  pager: PagerServer,
  flood: number,
  count: number,
): Promise<string> {
  await latencies(clients, WARM_UP, NORMAL);
  const alone = quantile(await latencies(clients, count, NORMAL), 0.99);
  const faults = ["hang", 503, 500] as const;
  let attempts = 0;
  pager.answer = () => faults[attempts++ % faults.length] ?? "hang";
  let left = flood;
  await sendWhile(clients, { ...NORMAL, channels: ["pager"] }, () => left-- > 0);
  await delay(UNDER_WAY);
  const beside = quantile(await latencies(clients, count, NORMAL), 0.99);
  pager.answer = () => 200;
  return `  p99 alone ${ms(alone)}, with ${flood} attempts hanging, failing or throwing null ${ms(beside)}: ratio ${(beside / alone).toFixed(2)}`;
}

export const ms = (value: number): string => `${value.toFixed(1)} ms`;
