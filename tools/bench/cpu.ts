import { setTimeout as delay } from "node:timers/promises";
import type { Child } from "./child.ts";
import type { Clients } from "./clients.ts";
import { type Load, measure, median, Run, Used } from "./measure.ts";
import { type Report, row } from "./report.ts";
import { cpuOfServer } from "./processes.ts";

const LOAD = { lanes: 20, until: "done" } as const;
const WARM_UP: Load = { ...LOAD, count: 200 };
/** How long the programs are watched while nothing is sent; ms. */
const CALM = 5_000;

/** The programs whose work a send is. */
const PROGRAMS = ["node", "PostgreSQL", "Temporal"] as const;
type Costs = Record<(typeof PROGRAMS)[number], number>;

/** What a send and an empty workflow cost: ms of CPU of each program. */
export interface CpuCosts {
  send: Costs;
  empty: Costs;
  /** ms a second, while nothing is sent. */
  calm: Costs;
}

/**
 * What a send and an empty workflow cost beside what the programs use while nothing is sent, medians over rounds that alternate. Unlike
 * rates, these figures hold on a machine that has other work too; servers that other programs use at the same time make them too high.
 */
export async function cpuCosts(
  clients: Clients,
  node: Child<unknown>,
  empty: Child<unknown>,
  ports: { postgres: number; temporal: number },
  { rounds, count }: { rounds: number; count: number },
): Promise<CpuCosts> {
  const unknown = (): number => Number.NaN;
  const postgres = cpuOfServer(ports.postgres) ?? unknown;
  const temporal = cpuOfServer(ports.temporal) ?? unknown;
  const used = async (program: Child<unknown>): Promise<Costs> => ({
    node: (await program.ask({}, Used)).cpu,
    PostgreSQL: postgres(),
    Temporal: temporal(),
  });
  /** What `program`, as the node, and the servers use for each of so many operations, beside what they use while calm. */
  const cost = async (
    program: Child<unknown>,
    calm: Costs,
    times: number,
    work: () => Promise<unknown>,
  ): Promise<Costs> => {
    const [before, start] = [await used(program), performance.now()];
    await work();
    const [after, seconds] = [await used(program), (performance.now() - start) / 1_000];
    return each((name) => (after[name] - before[name] - calm[name] * seconds) / times);
  };
  const send = (load: Load): Promise<Run> => measure(load, clients.send, () => ({ cpu: 0 }));
  const start = (load: Load): Promise<Run> => empty.ask(load, Run);
  await send(WARM_UP);
  await start(WARM_UP);
  await delay(CALM);
  const nothing = each(() => 0);
  const calm = await cost(node, nothing, CALM / 1_000, () => delay(CALM));
  const ours: Costs[] = [];
  const theirs: Costs[] = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await cost(node, calm, count, () => send({ ...LOAD, count })));
    theirs.push(await cost(empty, { ...calm, node: 0 }, count, () => start({ ...LOAD, count })));
  }
  const middle = (all: Costs[]): Costs => each((name) => median(all.map((costs) => costs[name])));
  return { send: middle(ours), empty: middle(theirs), calm };
}

const each = (value: (name: keyof Costs) => number): Costs => ({
  node: value("node"),
  PostgreSQL: value("PostgreSQL"),
  Temporal: value("Temporal"),
});

/** The costs as a table. */
export function reportCpu({ send, empty, calm }: CpuCosts): Report {
  return {
    lines: [
      row("", ["send", "empty", "beyond", "calm/s"]),
      ...PROGRAMS.map((name) =>
        row(`${name}, ms`, [send[name], empty[name], send[name] - empty[name], calm[name]]),
      ),
    ],
    figures: {
      node_ms: send.node,
      postgresql_ms: send.PostgreSQL,
      temporal_ms: send.Temporal,
      empty_node_ms: empty.node,
      empty_postgresql_ms: empty.PostgreSQL,
      empty_temporal_ms: empty.Temporal,
    },
  };
}
