import type { Result } from "./run.ts";
import type { Site } from "./site.ts";

/** Breaches that are told in full, and lines of the nodes' log about each. */
const MOST = 20;
const LINES = 12;

/** What broke, with the timelines and log lines that are about it. */
export function explain(site: Site, { breaches, record }: Result): string[] {
  const log = site.nodes.flatMap((node, index) => node.lines().map((line) => `node ${index}: ${line}`));
  return breaches.slice(0, MOST).flatMap(({ check, detail, id }) => {
    const told = [`BROKEN "${check}": ${detail}${id === undefined ? "" : ` (${id})`}`];
    if (id === undefined) return told;
    const timeline = record.events.filter(({ notification }) => notification === id);
    const audit = record.audit.filter(({ object }) => object === id);
    return [
      ...told,
      ...audit.map(({ action, actor }) => `    on record: ${action} by ${actor}`),
      ...timeline.map(({ status, reason, attempt }) => `    ${status} ${reason ?? ""} ${attempt ?? ""}`),
      ...log
        .filter((line) => line.includes(id))
        .slice(0, LINES)
        .map((line) => `    ${line.slice(0, 400)}`),
    ];
  });
}

/** The run in a few lines. */
export function summarize(seed: number, { ledger, breaches, recovery, calmAfter }: Result): string[] {
  const { longest, afterFault } = recovery;
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  const kinds = new Map<string, number>();
  for (const { kind } of ledger.entries) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  return [
    `${ledger.entries.length} sends (${[...kinds].map(([kind, count]) => `${count} ${kind}`).join(", ")}), ${ledger.acknowledged.length} acknowledgements, ${ledger.troubles.length} faults`,
    longest === null
      ? "nobody waited"
      : `longest wait: ${seconds(longest.ms)} (${longest.kind}, ${longest.id})`,
    afterFault === null
      ? "no fault held anything up"
      : `worst recovery: ${seconds(afterFault.ms)} after ${afterFault.fault} (${afterFault.kind}, ${afterFault.id})`,
    `nothing was left to do ${seconds(calmAfter)} after the last call`,
    breaches.length === 0
      ? `every promise was kept (seed ${seed})`
      : `${breaches.length} BROKEN (seed ${seed})`,
  ];
}
