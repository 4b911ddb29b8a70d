import type { Child } from "../child.ts";
import type { Clients } from "../clients.ts";
import { type Load, measure, median, quantile, type Run, Used } from "../measure.ts";
import { type Report, row } from "../report.ts";

const LOADS = {
  single: { lanes: 1, until: "done" },
  busy: { lanes: 20, until: "done" },
} as const satisfies Record<string, Omit<Load, "count">>;
const WARM_UP: Load = { ...LOADS.busy, count: 100 };

type Figures = Record<keyof typeof LOADS, Run[]>;
interface Side {
  clients: Clients;
  node: Child<unknown>;
}

/** Compares sends with those of the reference on the same PostgreSQL; rounds alternate. */
export async function compareWithReference(
  ours: Side,
  reference: Side,
  { rounds, count }: { rounds: number; count: number },
): Promise<Report> {
  const figures: Record<"ours" | "reference", Figures> = {
    ours: { single: [], busy: [] },
    reference: { single: [], busy: [] },
  };
  const send = ({ clients, node }: Side, load: Load): Promise<Run> =>
    measure(load, clients.send, () => node.ask({}, Used));
  await send(ours, WARM_UP);
  await send(reference, WARM_UP);
  for (let round = 0; round < rounds; round += 1)
    for (const name of ["single", "busy"] as const) {
      const load = { ...LOADS[name], count: name === "single" ? Math.ceil(count / 3) : count };
      figures.ours[name].push(await send(ours, load));
      figures.reference[name].push(await send(reference, load));
    }
  const rate = ({ busy }: Figures): number => median(busy.map(({ perSecond }) => perSecond));
  const cpu = ({ busy }: Figures): number => median(busy.map((run) => run.cpu));
  const latency = ({ single }: Figures): number =>
    median(single.map(({ latencies }) => quantile(latencies, 0.5)));
  const compared = (what: string, of: (side: Figures) => number): string =>
    row(what, [of(figures.ours), of(figures.reference), of(figures.ours) / of(figures.reference)]);
  return {
    lines: [
      row("", ["send", "reference", "ratio"]),
      compared("accepted and shown, 20 at once, per s", rate),
      compared("send to socket, one at a time, p50, ms", latency),
      compared("the node's own CPU, 20 at once, ms", cpu),
    ],
    figures: {
      shown_per_second: rate(figures.reference),
      single_ms: latency(figures.reference),
      cpu_ms: cpu(figures.reference),
      ours_shown_per_second: rate(figures.ours),
      ours_single_ms: latency(figures.ours),
      ours_cpu_ms: cpu(figures.ours),
    },
  };
}
