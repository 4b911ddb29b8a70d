import type { LeftOut, Telling, WhatIf } from "../api/what-if.ts";
import type { Bar } from "../charts/bar.ts";
import { durationWords, spanWords } from "../durations.ts";
import { shown } from "../language.ts";
import { shortTime } from "../time.ts";
import { channelName } from "../words.ts";

/** Why notifications could not be compared. */
const LEFT_OUT_WORDS: Record<LeftOut, string> = {
  broadcast: "Sent to many people, each of whom acknowledges for themselves",
  grouped: "Came in a digest",
  raised: "Sent again and told again, which no setting decides",
  reopened: "An acknowledgement was taken back",
  archived: "What was decided is in the archive",
  people: "Today's people and schedules tell others than were told",
  channels: "Today's channels, addresses and preferences are others than those of then",
  times: "Not told when its rules say",
};

/** Those that could not be compared, by their reasons, the most first. */
export const leftOutWords = ({ left_out }: WhatIf["totals"]): { words: string; count: number }[] =>
  Object.entries(left_out)
    .map(([reason, count]) => ({ words: LEFT_OUT_WORDS[reason as LeftOut], count: count ?? 0 }))
    .toSorted((one, other) => other.count - one.count);

/** What comes of it, as sentences; what is nought is not said. */
export function summary(totals: WhatIf["totals"]): string[] {
  const { compared, changed, additional, spared, earlier, later, otherwise, groundless } = totals;
  return [
    compared === 1 ? `1 notification was compared.` : `${compared} notifications were compared.`,
    changed === 0
      ? "None of them would have gone otherwise."
      : changed === 1
        ? "1 of them would have gone otherwise."
        : `${changed} of them would have gone otherwise.`,
    additional === 0
      ? ""
      : additional === 1
        ? "Somebody would have been told once more."
        : `People would have been told ${additional} times more.`,
    spared === 0
      ? ""
      : spared === 1
        ? "Somebody would have been spared once."
        : `People would have been spared ${spared} times.`,
    earlier === 0 ? "" : `Told sooner: ${earlier}.`,
    later === 0 ? "" : `Told later: ${later}.`,
    otherwise === 0 ? "" : `Told by other channels, or held for another time: ${otherwise}.`,
    groundless === 0
      ? ""
      : groundless === 1
        ? "1 was acknowledged by somebody who would not have been told by then; it goes on as if nobody had."
        : `${groundless} were acknowledged by somebody who would not have been told by then; they go on as if nobody had.`,
  ].filter((sentence) => sentence !== "");
}

/** When somebody is told, in words: "at once", "after 5 min 0 s". */
export const afterWords = ({ after_seconds }: Telling): string =>
  after_seconds === 0 ? shown("at once") : `after ${durationWords(after_seconds)}`;

/** By what somebody is told: "Dashboard (live), SMS from 7:00 AM". @param now the server's time; ms */
export const waysWords = ({ channels }: Telling, now: number): string =>
  channels
    .map(({ channel, held_until, spared }) => {
      const name = channelName(channel);
      if (held_until === null) return name;
      return spared ? `${name} no more after quiet hours` : `${name} from ${shortTime(held_until, now)}`;
    })
    .join(", ");

/** How many are told by steps how long after the arrival: two bars for each time that either has any of. */
export function delayBars(delays: WhatIf["delays"]): Bar[] {
  return delays.flatMap(({ up_to_seconds: end, before, after }, index): Bar[] => {
    if (before + after === 0) return [];
    const last = delays[index - 1]?.up_to_seconds ?? 0;
    const name = end === null ? `after ${spanWords(last ?? 0)}` : `within ${spanWords(end)}`;
    return [
      {
        name: `${name} · ${shown("today")}`,
        parts: [{ name: shown("today"), value: before, shade: "grey" }],
        words: String(before),
      },
      {
        name: `${name} · ${shown("tried")}`,
        parts: [{ name: shown("tried"), value: after, shade: "accent" }],
        words: String(after),
      },
    ];
  });
}
