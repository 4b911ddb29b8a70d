import type { ResponseRow, VolumeRow } from "../api/reports.ts";
import { durationWords } from "../durations.ts";
import { shareWords } from "../reports/words.ts";
import { channelName, DELIVERY_WORDS } from "../words.ts";
import type { Bar, Part, Shade } from "./bar.ts";
import { shown } from "../language.ts";

type Outcome = VolumeRow["outcome"];

export const OUTCOME_WORDS: Record<Outcome, string> = { ...DELIVERY_WORDS, offline: "Offline" };

/** In the order in which they stand in a bar: what arrived first, what needs a look last. */
const SHADES: Record<Outcome, Shade> = {
  delivered: "good",
  accepted: "accent",
  offline: "grey",
  skipped: "pale",
  queued: "tint",
  claimed: "tint",
  unknown: "warn",
  failed: "bad",
};
export const OUTCOMES = Object.keys(SHADES) as Outcome[];

/** How many deliveries ended how, by channel; the channel with the most comes first. */
export function volumeBars(rows: readonly VolumeRow[]): Bar[] {
  const channels = Map.groupBy(rows, ({ channel }) => channel);
  const bars = [...channels].map(([channel, own]): Bar & { total: number } => {
    const count = (outcome: Outcome): number => own.find((row) => row.outcome === outcome)?.deliveries ?? 0;
    const parts = OUTCOMES.map((outcome): Part => ({
      name: OUTCOME_WORDS[outcome],
      value: count(outcome),
      shade: SHADES[outcome],
    }));
    const total = own.reduce((sum, { deliveries }) => sum + deliveries, 0);
    const failed = count("failed");
    const words = failed > 0 ? `${total}, ${failed} failed` : String(total);
    return { name: channelName(channel), parts, words, total };
  });
  return bars.toSorted((one, other) => other.total - one.total);
}

/** How soon alerts were acknowledged: half of them within the first part, nine in ten within both. */
export function timeBar(name: string, { acknowledged }: Pick<ResponseRow, "acknowledged">): Bar {
  const { p50, p90 } = acknowledged;
  const half = p50 ?? 0;
  return {
    name,
    parts: [
      { name: shown("half"), value: half, shade: "accent" },
      { name: shown("9 in 10"), value: Math.max(0, (p90 ?? half) - half), shade: "tint" },
    ],
    words: `${durationWords(p50)} · 90 %: ${durationWords(p90)}`,
  };
}

/** How many alerts others were told of, since nobody had acknowledged them in time. */
export function escalationBar(
  name: string,
  { alerts, escalated }: Pick<ResponseRow, "alerts" | "escalated">,
): Bar {
  return {
    name,
    parts: [
      { name: shown("escalated"), value: escalated, shade: "warn" },
      { name: "answered before", value: alerts - escalated, shade: "pale" },
    ],
    words: `${escalated} of ${alerts} (${shareWords(alerts === 0 ? 0 : escalated / alerts)})`,
  };
}
