import { changeOf, isChanged, type Pair } from "./compare.ts";
import { type Compared, MOST_LISTED, type WhatIfAnswer } from "./schema.ts";
import type { Telling } from "./simulate.ts";
import type { Answer } from "./what-if.ts";

/** Ends of the times after the arrival in which tellings are counted; s. */
const DELAYS = [60, 120, 300, 600, 900, 1_800, 3_600];

/** An answer as callers get it: the notifications that would go otherwise, the latest first, without the names of people. */
export function listed({ pairs, totals, cut }: Answer): Omit<WhatIfAnswer, "territory_id" | "from" | "to"> {
  const sends = pairs.flatMap((pair): Compared[] => {
    const change = changeOf(pair);
    return isChanged(change) ? [compared(pair, change.additional.length, change.spared.length)] : [];
  });
  return {
    cut,
    totals,
    delays: delaysOf(pairs),
    sends: sends.toSorted((a, b) => b.at.localeCompare(a.at)).slice(0, MOST_LISTED),
  };
}

function compared({ past, before, after }: Pair, additional: number, spared: number): Compared {
  const { id, at, category, priority, acts } = past;
  const sentAt = new Date(at);
  const answered = acts.find(({ kind }) => kind === "acknowledged");
  const shown = (tellings: Telling[]): Compared["before"] =>
    tellings
      .toSorted((a, b) => +a.at - +b.at)
      .map((telling) => ({
        user_id: telling.userId,
        name: null,
        step: telling.round,
        after_seconds: secondsBetween(sentAt, telling.at),
        channels: telling.channels.map(({ channel, heldUntil, spared: notNeeded }) => ({
          channel,
          held_until: heldUntil?.toISOString() ?? null,
          spared: notNeeded,
        })),
      }));
  return {
    notification_id: id,
    at: sentAt.toISOString(),
    category,
    priority,
    acknowledged_after_seconds: answered === undefined ? null : secondsBetween(sentAt, new Date(answered.at)),
    groundless: after.groundless.length > 0,
    before: shown(before.tellings),
    after: shown(after.tellings),
    additional,
    spared,
  };
}

const secondsBetween = (from: Date, to: Date): number => Math.round((+to - +from) / 1_000);

/** How many tellings by a step come how long after the arrival. */
function delaysOf(pairs: Pair[]): WhatIfAnswer["delays"] {
  const bars = [...DELAYS, null].map((up_to_seconds) => ({ up_to_seconds, before: 0, after: 0 }));
  const count = (pair: Pair, which: "before" | "after"): void => {
    const sentAt = new Date(pair.past.at);
    for (const { at, round } of pair[which].tellings) {
      if (round === 0) continue;
      const delay = secondsBetween(sentAt, at);
      const bar = bars.find(({ up_to_seconds: end }) => end === null || delay <= end);
      if (bar !== undefined) bar[which] += 1;
    }
  };
  for (const pair of pairs) {
    count(pair, "before");
    count(pair, "after");
  }
  return bars;
}
