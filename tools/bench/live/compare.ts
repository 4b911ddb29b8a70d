import { Redis } from "ioredis";
import { z } from "zod";
import { createRedisBridge } from "../../../channels/websocket/redis-bridge.ts";
import { must } from "../../../config/must.ts";
import { startChild } from "../child.ts";
import { createArrivals, openSocket } from "../clients.ts";
import { median, measure, quantile, Used } from "../measure.ts";
import { type Report, row } from "../report.ts";

const SOCKETS = 1_000;
/** Messages that are on their way at a time. */
const LANES = 50;
const MESSAGE = "Potassium 6.8 mmol/L on the sample of 06:10. Repeat it now, and call the laboratory.";
const log = { debug() {}, info() {}, warn() {}, error() {} };

/** Messages a second to 1,000 sockets on two nodes, ms until they are there, ms of the nodes' CPU for each, and bytes of memory that a socket takes. */
interface LiveFigures {
  perSecond: number;
  p50: number;
  p99: number;
  cpu: number;
  memory: number;
}

interface Side {
  figures(): Promise<LiveFigures>;
  close(): Promise<void>;
}

/** Measures the gateway and a bare bridge in turn, on the same Redis; medians over rounds. */
export async function compareLive(
  redisUrl: string,
  { rounds, count }: { rounds: number; count: number },
): Promise<Report> {
  const bridge = createRedisBridge({ url: redisUrl, prefix: "bench", log });
  const redis = new Redis(redisUrl);
  const gateway = await open("gateway", redisUrl, count, (person, seq) =>
    bridge.publish(person, { seq, id: `${person}-${seq}` }),
  );
  const bare = await open("bare", redisUrl, count, (person, seq) =>
    redis.publish(
      `bare:${person}`,
      JSON.stringify({
        type: "notification",
        seq,
        notification: { notification_id: `${person}-${seq}`, message: MESSAGE },
      }),
    ),
  );
  const all: { gateway: LiveFigures[]; bare: LiveFigures[] } = { gateway: [], bare: [] };
  for (let round = 0; round < rounds + 1; round += 1) {
    const figures = { gateway: await gateway.figures(), bare: await bare.figures() };
    // The first round warms up.
    if (round === 0) continue;
    all.gateway.push(figures.gateway);
    all.bare.push(figures.bare);
  }
  await gateway.close();
  await bare.close();
  await bridge.close();
  redis.disconnect();
  const [ours, theirs] = [middle(all.gateway), middle(all.bare)];
  const compared = (what: string, of: (figures: LiveFigures) => number): string =>
    row(what, [of(ours), of(theirs), of(ours) / of(theirs)]);
  return {
    lines: [
      row("", ["gateway", "bare", "ratio"]),
      compared("messages per s (asked: at least 0.8)", ({ perSecond }) => perSecond),
      compared("p50, ms", ({ p50 }) => p50),
      compared("p99, ms (asked: at most 1.3)", ({ p99 }) => p99),
      compared("CPU of the nodes a message, ms", ({ cpu }) => cpu),
      compared("memory a socket, KiB", ({ memory }) => memory / 1_024),
    ],
    figures: {
      per_second: ours.perSecond,
      bare_per_second: theirs.perSecond,
      p99_ms: ours.p99,
      bare_p99_ms: theirs.p99,
      cpu_ms: ours.cpu,
      bare_cpu_ms: theirs.cpu,
      memory_bytes: ours.memory,
      bare_memory_bytes: theirs.memory,
    },
  };
}

const middle = (all: LiveFigures[]): LiveFigures => {
  const of = (name: keyof LiveFigures): number => median(all.map((figures) => figures[name]));
  return { perSecond: of("perSecond"), p50: of("p50"), p99: of("p99"), cpu: of("cpu"), memory: of("memory") };
};

async function open(
  program: "gateway" | "bare",
  redisUrl: string,
  count: number,
  publish: (person: string, seq: number) => Promise<unknown>,
): Promise<Side> {
  const env = { LIVE_REDIS: redisUrl };
  const nodes = await Promise.all(
    [1, 2].map(() => startChild(`live/${program}.ts`, z.object({ url: z.string() }), env)),
  );
  const used = (): Promise<Used[]> => Promise.all(nodes.map((node) => node.ask({}, Used)));
  const before = await used();
  // A node that has just connected may look for changes before it is told of one.
  const arrived = createArrivals();
  const sockets = await Promise.all(
    Array.from({ length: SOCKETS }, (_, n) =>
      openSocket(must(nodes[n % nodes.length], "node").ready.url, `${program}-${n}`, arrived.note),
    ),
  );
  const after = await used();
  const memory = (sum(after).memory - sum(before).memory) / SOCKETS;
  const seqs = new Map<string, number>();
  let next = 0;
  return {
    figures: async () => {
      const { perSecond, latencies, cpu } = await measure(
        { count, lanes: LANES, until: "done" },
        () => {
          const person = `${program}-${next++ % SOCKETS}`;
          const seq = (seqs.get(person) ?? 0) + 1;
          seqs.set(person, seq);
          const done = arrived.of(`${person}-${seq}`);
          return { done, accepted: publish(person, seq).then(() => performance.now()) };
        },
        async () => sum(await used()),
      );
      return { perSecond, p50: median(latencies), p99: quantile(latencies, 0.99), cpu, memory };
    },
    close: async () => {
      for (const socket of sockets) socket.terminate();
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

const sum = (all: Used[]): Used =>
  all.reduce((one, other) => ({ cpu: one.cpu + other.cpu, memory: one.memory + other.memory }));
