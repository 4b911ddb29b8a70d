import type { Past } from "../../store/transitions/past-decisions.ts";
import type { Reason } from "./recorded.ts";
import type { Course, Telling } from "./simulate.ts";

/** A notification decided twice: by what holds today, and by what is tried. */
export interface Pair {
  past: Past;
  before: Course;
  after: Course;
}

/** How the two differ. A person's first telling of one is held against their first of the other, and so on. */
interface Change {
  /** Tellings that would come in addition, and those that would not come. */
  additional: Telling[];
  spared: Telling[];
  /** Tellings that would come at another time. */
  earlier: number;
  later: number;
  /** Tellings by other channels, in another order, or held for another time. */
  otherwise: number;
}

export function changeOf({ before, after }: Pick<Pair, "before" | "after">): Change {
  const change: Change = { additional: [], spared: [], earlier: 0, later: 0, otherwise: 0 };
  const first = numbered(before.tellings);
  const second = numbered(after.tellings);
  for (const [key, now] of second) {
    const then = first.get(key);
    if (then === undefined) change.additional.push(now);
    else {
      if (now.at < then.at) change.earlier += 1;
      if (now.at > then.at) change.later += 1;
      if (waysOf(now) !== waysOf(then)) change.otherwise += 1;
    }
  }
  for (const [key, then] of first) if (!second.has(key)) change.spared.push(then);
  return change;
}

/** Tellings by their person and how often that person was told before. */
function numbered(tellings: Telling[]): Map<string, Telling> {
  const times = new Map<string, number>();
  return new Map(
    tellings
      .toSorted((a, b) => +a.at - +b.at)
      .map((telling) => {
        const time = times.get(telling.userId) ?? 0;
        times.set(telling.userId, time + 1);
        return [`${time} ${telling.userId}`, telling];
      }),
  );
}

const waysOf = ({ channels }: Telling): string =>
  channels
    .map(({ channel, heldUntil, spared }) => `${channel} ${spared ? "spared" : (heldUntil?.getTime() ?? "")}`)
    .join();

export const isChanged = ({ additional, spared, earlier, later, otherwise }: Change): boolean =>
  additional.length + spared.length + earlier + later + otherwise > 0;

/** Both numbers: as it is today, and as it would be. */
interface BeforeAfter {
  before: number;
  after: number;
}

export interface Totals {
  /** Notifications whose decisions were made again, and those of them that would go otherwise. */
  compared: number;
  changed: number;
  tellings: BeforeAfter;
  additional: number;
  spared: number;
  earlier: number;
  later: number;
  otherwise: number;
  critical: number;
  /** Critical ones of which nobody is told by any channel within the time asked for. */
  untold: BeforeAfter;
  /** Those whose last resort is told. */
  exhausted: BeforeAfter;
  /** Those whose acknowledgement on record is of somebody who would not have been told by then. */
  groundless: number;
  /** Notifications that could not be compared, by the reason. */
  left_out: Partial<Record<Reason, number>>;
}

/** @param withinMs by when somebody has to be told of what is critical */
export function totalsOf(pairs: Pair[], leftOut: Totals["left_out"], withinMs: number): Totals {
  const changes = pairs.map(changeOf);
  const sum = (of: (change: Change) => number): number => changes.reduce((all, one) => all + of(one), 0);
  const count = (of: (course: Course, past: Past) => boolean): BeforeAfter => ({
    before: pairs.filter(({ before, past }) => of(before, past)).length,
    after: pairs.filter(({ after, past }) => of(after, past)).length,
  });
  const isUntold = ({ tellings }: Course, { priority, at }: Past): boolean =>
    priority === "critical" && !tellings.some((telling) => +telling.at - Date.parse(at) <= withinMs);
  return {
    compared: pairs.length,
    changed: changes.filter(isChanged).length,
    tellings: {
      before: pairs.reduce((all, { before }) => all + before.tellings.length, 0),
      after: pairs.reduce((all, { after }) => all + after.tellings.length, 0),
    },
    additional: sum(({ additional }) => additional.length),
    spared: sum(({ spared }) => spared.length),
    earlier: sum(({ earlier }) => earlier),
    later: sum(({ later }) => later),
    otherwise: sum(({ otherwise }) => otherwise),
    critical: pairs.filter(({ past }) => past.priority === "critical").length,
    untold: count(isUntold),
    exhausted: count(({ exhausted }) => exhausted),
    groundless: pairs.filter(({ after }) => after.groundless.length > 0).length,
    left_out: leftOut,
  };
}
