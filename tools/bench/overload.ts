import { setTimeout as delay } from "node:timers/promises";
import type { Child } from "./child.ts";
import type { Clients } from "./clients.ts";
import { measure, quantile, Used } from "./measure.ts";
import type { Report } from "./report.ts";

/** How much more is offered than the nodes can work off, and how many of it are critical. */
const FACTOR = 3;
const CRITICAL_EVERY = 20;
/** Calm after which the nodes have to be as quick as before; ms. */
const CALM = 10_000;
/** What is taken in is counted in stretches of this length, each of which has to hold the goal; s. */
const STRETCH = 10;

/**
 * Offers some nodes three times what they work off, from callers who come again, to any of them, when they are told to: what the nodes
 * still take in, how soon they answer and show, what that costs in memory, and how they are ten seconds after.
 */
export async function overload(clients: Clients, nodes: Child<unknown>[], seconds: number): Promise<Report> {
  const used = async (): Promise<Used> => {
    const all = await Promise.all(nodes.map((node) => node.ask({}, Used)));
    const cpu = all.reduce((sum, one) => sum + one.cpu, 0);
    return { cpu, memory: Math.max(...all.map(({ memory }) => memory)) };
  };
  const single = async (): Promise<number> => {
    const load = { count: 40, lanes: 1, until: "done" } as const;
    return quantile((await measure(load, clients.send, used)).latencies, 0.5);
  };
  const busy = { count: 400, lanes: 20, until: "done" } as const;
  // The first round warms up.
  await measure(busy, clients.send, used);
  const { perSecond: sustained } = await measure(busy, clients.send, used);
  const before = { p50: await single(), ...(await used()) };
  const offers = await offer(clients, FACTOR * sustained, seconds, used);
  await delay(CALM);
  const after = { p50: await single(), ...(await used()) };
  return report(offers, { sustained, seconds, before, after });
}

interface Calm {
  p50: number;
  memory: number;
}

function report(
  { taken, critical, answers, shown, mostMemory }: Offers,
  { sustained, seconds, before, after }: { sustained: number; seconds: number; before: Calm; after: Calm },
): Report {
  const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  const p99 = (values: number[]): number => quantile(values, 0.99);
  const ms = (value: number): string => `${Math.round(value)} ms`;
  const share = taken.length / seconds / sustained;
  const least = leastRate(taken, seconds) / sustained;
  return {
    lines: [
      `  sustained ${sustained.toFixed(0)} a second, offered ${(FACTOR * sustained).toFixed(0)} for ${seconds} s`,
      `  accepted ${(taken.length / seconds).toFixed(0)} a second: ${share.toFixed(2)} of what is sustained; ${least.toFixed(2)} in the worst ${STRETCH} s (goal ≥ 0.8)`,
      `  calls answered within ${ms(p99(answers))} (p99 of ${answers.length}; goal < 300 ms)`,
      `  critical ones accepted within ${ms(p99(critical))} (p99 of ${critical.length}, with their tries; goal < 1 s)`,
      `  accepted ones shown within ${ms(p99(shown))} (p99 of ${shown.length}; goal < 2 s)`,
      `  memory of a node ${mb(before.memory)} before, ${mb(mostMemory)} at most, ${mb(after.memory)} ten seconds after`,
      `  one at a time ${before.p50.toFixed(1)} ms before, ${after.p50.toFixed(1)} ms ten seconds after`,
    ],
    figures: {
      sustained_per_second: sustained,
      accepted_share: share,
      accepted_least_share: least,
      answered_p99_ms: p99(answers),
      critical_accepted_p99_ms: p99(critical),
      shown_p99_ms: p99(shown),
      memory_before: before.memory,
      memory_most: mostMemory,
      single_before_ms: before.p50,
      single_after_ms: after.p50,
    },
  };
}

/** Acceptances a second in the stretch that has the fewest. @param taken s from the beginning */
function leastRate(taken: number[], seconds: number): number {
  const stretches = Math.max(1, Math.floor(seconds / STRETCH));
  const length = Math.min(STRETCH, seconds);
  const counts = Array.from(
    { length: stretches },
    (_, n) => taken.filter((at) => at >= n * length && at < (n + 1) * length).length,
  );
  return Math.min(...counts) / length;
}

interface Offers {
  /** When each send was taken in; s from the beginning. */
  taken: number[];
  /** ms from a critical send's first try to its acceptance. One that is never taken in counts as long as it tried. */
  critical: number[];
  /** ms to an answer, whatever it was. */
  answers: number[];
  /** ms from acceptance to the recipient's socket. */
  shown: number[];
  /** Of a node; bytes. */
  mostMemory: number;
}

async function offer(
  clients: Clients,
  perSecond: number,
  seconds: number,
  used: () => Promise<Used>,
): Promise<Offers> {
  const offers: Offers = { taken: [], critical: [], answers: [], shown: [], mostMemory: 0 };
  const start = performance.now();
  const end = start + 1_000 * seconds;
  const tryUntilTaken = async (n: number): Promise<void> => {
    const isCritical = n % CRITICAL_EVERY === 0;
    const priority = isCritical ? "critical" : "normal";
    const first = performance.now();
    while (performance.now() < end) {
      const began = performance.now();
      const { again, done } = await clients.offer(n, { priority, channels: ["websocket"] });
      const answered = performance.now();
      offers.answers.push(answered - began);
      if (again === null) {
        offers.taken.push((answered - start) / 1_000);
        if (isCritical) offers.critical.push(answered - first);
        offers.shown.push((await done) - answered);
        return;
      }
      await delay(1_000 * again);
    }
    if (isCritical) offers.critical.push(performance.now() - first);
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
