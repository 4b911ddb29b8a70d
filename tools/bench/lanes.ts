import type { PagerServer } from "../../test/support/pager.ts";
import type { Clients } from "./clients.ts";
import { measure, quantile } from "./measure.ts";

/** How long a notification takes to its recipient's socket; ms of each. */
async function latencies(clients: Clients, count: number, more: object): Promise<number[]> {
  const load = { count, lanes: 1, until: "done" } as const;
  const { latencies: all } = await measure(
    load,
    (lane) => clients.send(lane, more),
    () => 0,
  );
  return all;
}

const CRITICAL = { priority: "critical", channels: ["websocket"] };
const NORMAL = { priority: "normal", channels: ["websocket"] };

/** What is critical, idle and behind a queue of ordinary ones. */
export async function criticalBehindQueue(clients: Clients, queued: number, count: number): Promise<string> {
  const idle = quantile(await latencies(clients, count, CRITICAL), 0.5);
  await clients.queue(queued, NORMAL);
  const behind = quantile(await latencies(clients, count, CRITICAL), 0.5);
  return `  p50 idle ${ms(idle)}, with ${queued} ordinary ones queued ${ms(behind)}: ratio ${(behind / idle).toFixed(2)}`;
}

/** The live channel, alone and beside a plugin whose provider never answers, refuses to speak HTTP, or is flooded. */
export async function liveBesidePlugin(
  clients: Clients,
  pager: PagerServer,
  flood: number,
  count: number,
): Promise<string> {
  const alone = quantile(await latencies(clients, count, NORMAL), 0.99);
  pager.answer = ({ attempt }) => (attempt % 2 === 0 ? 503 : "hang");
  await clients.queue(flood, { priority: "normal", channels: ["pager"] });
  const beside = quantile(await latencies(clients, count, NORMAL), 0.99);
  return `  p99 alone ${ms(alone)}, with ${flood} attempts hanging or failing ${ms(beside)}: ratio ${(beside / alone).toFixed(2)}`;
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;
