import { setTimeout as delay } from "node:timers/promises";
import type { Child } from "./child.ts";
import type { Clients } from "./clients.ts";
import { measure, quantile, Used } from "./measure.ts";

/** How much more is offered than the node can work off, and how many of it are critical. */
const FACTOR = 3;
const CRITICAL_EVERY = 20;
/** Calm after which the node has to be as quick as before; ms. */
const CALM = 10_000;

/**
 * Offers a node three times what it works off, from callers who come again when they are told to: what it still takes in, how
 * soon it answers and shows, what that costs in memory, and how it is ten seconds after.
 */
export async function overload(clients: Clients, node: Child<unknown>, seconds: number): Promise<string[]> {
  const used = (): Promise<Used> => node.ask({}, Used);
  const single = async (): Promise<number> => {
    const load = { count: 40, lanes: 1, until: "done" } as const;
    return quantile((await measure(load, clients.send, used)).latencies, 0.5);
  };
  const { perSecond: sustained } = await measure(
    { count: 400, lanes: 20, until: "done" },
    clients.send,
    used,
  );
  const before = { p50: await single(), ...(await used()) };
  const offers = await offer(clients, FACTOR * sustained, seconds, used);
  await delay(CALM);
  const after = await single();

  const { taken, critical, refusals, shown, mostMemory } = offers;
  const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  const p99 = (values: number[]): string => `${Math.round(quantile(values, 0.99))} ms`;
  return [
    `  sustained ${sustained.toFixed(0)} a second, offered ${(FACTOR * sustained).toFixed(0)} for ${seconds} s`,
    `  accepted ${(taken / seconds).toFixed(0)} a second: ${(taken / seconds / sustained).toFixed(2)} of what is sustained`,
    `  refusals answered within ${p99(refusals)} (p99 of ${refusals.length})`,
    `  critical ones accepted within ${p99(critical)} (p99 of ${critical.length})`,
    `  accepted ones shown within ${p99(shown)} (p99 of ${shown.length})`,
    `  memory ${mb(before.memory)} before, ${mb(mostMemory)} at most`,
    `  one at a time ${before.p50.toFixed(1)} ms before, ${after.toFixed(1)} ms ten seconds after`,
  ];
}

interface Offers {
  /** Sends that were taken in while more were offered. */
  taken: number;
  /** ms from a critical send's first try to its acceptance. */
  critical: number[];
  /** ms to a refusal. */
  refusals: number[];
  /** ms from acceptance to the recipient's socket. */
  shown: number[];
  mostMemory: number;
}

async function offer(
  clients: Clients,
  perSecond: number,
  seconds: number,
  used: () => Promise<Used>,
): Promise<Offers> {
  const offers: Offers = { taken: 0, critical: [], refusals: [], shown: [], mostMemory: 0 };
  const start = performance.now();
  const end = start + 1_000 * seconds;
  const tryUntilTaken = async (n: number): Promise<void> => {
    const priority = n % CRITICAL_EVERY === 0 ? "critical" : "normal";
    const first = performance.now();
    while (performance.now() < end) {
      const began = performance.now();
      const { again, done } = await clients.offer(n, { priority, channels: ["websocket"] });
      const answered = performance.now();
      if (again === null) {
        offers.taken += 1;
        if (priority === "critical") offers.critical.push(answered - first);
        offers.shown.push((await done) - answered);
        return;
      }
      offers.refusals.push(answered - began);
      await delay(1_000 * again);
    }
  };
  const callers: Promise<void>[] = [];
  const watching = (async () => {
    while (performance.now() < end) {
      offers.mostMemory = Math.max(offers.mostMemory, (await used()).memory);
      await delay(500);
    }
  })();
  for (let n = 0; performance.now() < end; n += 1) {
    await delay(Math.max(0, start + (1_000 * n) / perSecond - performance.now()));
    callers.push(tryUntilTaken(n));
  }
  await Promise.all([...callers, watching]);
  return offers;
}
