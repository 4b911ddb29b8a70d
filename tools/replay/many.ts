import type { Client } from "@temporalio/client";
import type { Difference } from "./difference.ts";
import { inWords, placesOf } from "./explain.ts";
import { fetchHistory } from "./history.ts";
import { replayEach, type Recorded } from "./replay.ts";
import { columns } from "../columns.ts";
import { StartProblem } from "../services/problem.ts";

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A time such as 30m, 24h or 7d; ms.
 * @throws StartProblem for anything else
 */
export function readSince(text: string, flag = "since"): number {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS[unit ?? ""] ?? Number.NaN);
  if (ms > 0) return ms;
  throw new StartProblem(`--${flag} ${text}: give minutes, hours or days, as in 30m, 24h or 7d.`);
}

/** Which runs are replayed. */
export interface Choice {
  /** Those that began since; ms. */
  sinceMs: number;
  /** So many at most, the latest first. */
  limit: number;
  /** Those alone that ended by a failure. */
  failed: boolean;
}

/** A run and how its replay went. */
export interface Outcome extends Recorded {
  type: string;
  difference: Difference | null;
}

/** Replays runs, and tells after each how many are done. */
export async function replayMany(
  client: Client,
  { sinceMs, limit, failed }: Choice,
  onDone: (done: number, total: number) => void,
): Promise<{ outcomes: Outcome[]; gone: number }> {
  const since = new Date(Date.now() - sinceMs).toISOString();
  const states = failed ? ' AND ExecutionStatus IN ("Failed", "Terminated", "TimedOut")' : "";
  const chosen: { workflowId: string; runId: string; type: string }[] = [];
  for await (const { workflowId, runId, type } of client.workflow.list({
    query: `StartTime >= "${since}"${states}`,
    pageSize: Math.min(limit, 200),
  })) {
    if (chosen.push({ workflowId, runId, type }) >= limit) break;
  }
  let gone = 0;
  const types: string[] = [];
  const histories = async function* (): AsyncGenerator<Recorded> {
    for (const { workflowId, runId, type } of chosen) {
      const history = await fetchHistory(client, workflowId, runId);
      // Retention may have taken it since it was listed.
      if (history === null) {
        gone += 1;
        continue;
      }
      types.push(type);
      yield { workflowId, history };
    }
  };
  const outcomes: Outcome[] = [];
  onDone(0, chosen.length);
  for await (const outcome of replayEach(histories())) {
    outcomes.push({ ...outcome, type: types[outcomes.length] ?? "" });
    onDone(outcomes.length + gone, chosen.length);
  }
  return { outcomes, gone };
}

/** How many of each kind of workflow do the same, and each that does not: lines. */
export function table(outcomes: Outcome[], gone: number): string[] {
  const byType = Map.groupBy(outcomes, ({ type }) => type);
  const rows = [...byType]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([type, of]) => {
      const differ = of.filter(({ difference }) => difference !== null).length;
      return [type, String(of.length), String(of.length - differ), String(differ)];
    });
  const total = outcomes.length;
  const differing = outcomes.flatMap(({ workflowId, type, difference }) =>
    difference === null ? [] : [[workflowId, type, ...inShort(difference)]],
  );
  return [
    ...columns([["workflow", "runs", "the same", "different"], ...rows]),
    ...(gone === 0 ? [] : [`${gone} had gone from Temporal meanwhile.`]),
    "",
    ...(differing.length === 0
      ? [total === 0 ? "No run began in that time." : `Today's code does the same in all ${total}.`]
      : [
          ...columns([["id", "workflow", "on record", "now", "where"], ...differing]),
          "",
          `Today's code does something else in ${differing.length} of ${total}. Each in full: npm run replay -- <id>`,
        ]),
  ];
}

function inShort(difference: Difference): string[] {
  const { recorded, wanted, before, thrown } = difference;
  const [place] = placesOf(thrown ?? wanted ?? before ?? { stack: "" });
  return [
    recorded === null ? "nothing more" : inWords(recorded),
    thrown !== null ? "it throws" : wanted === null ? "nothing" : inWords(wanted),
    place === undefined ? "" : `${place.file}:${place.line}`,
  ];
}

const WIDTH = 30;

/** Draws how far the replays are, over the line before; on something that is no terminal a line each tenth. */
export function progressBar(out: NodeJS.WriteStream): (done: number, total: number) => void {
  let tenth = 0;
  return (done, total) => {
    if (total === 0) return;
    const full = Math.floor((WIDTH * done) / total);
    if (out.isTTY) {
      out.write(
        `\r[${"#".repeat(full)}${" ".repeat(WIDTH - full)}] ${done} of ${total}${done === total ? "\n" : ""}`,
      );
    } else if (Math.floor((10 * done) / total) > tenth) {
      tenth = Math.floor((10 * done) / total);
      out.write(`${done} of ${total}\n`);
    }
  };
}
