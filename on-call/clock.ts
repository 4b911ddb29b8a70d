import type { IANAZone } from "luxon";
import { zoneOf } from "./zone.ts";

/** What the wall's clock of a zone shows in a while: computed once, so that each further moment costs a few comparisons. */
export interface Clock {
  /** What it shows at a moment, as if it showed UTC; ms. */
  wallOf(moment: number): number;
  /**
   * The moment at which it shows `wall`; ms. An hour that it shows twice is meant the first time; one that it skips is as long after the skip as
   * it would have been after its beginning.
   */
  momentOf(wall: number): number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
/** No zone is further from UTC; twice, since a wall's time is looked up on both sides. */
const AROUND = 3 * DAY;

/** A stretch without a change of the clocks, from its first moment on, and how far they are ahead of UTC in it; ms. */
interface Stretch {
  from: number;
  ahead: number;
}

/** @throws nothing for a zone that `IANAZone.isValidZone` takes */
export function clockOf(zone: string, from: number, to: number): Clock {
  const stretches = stretchesOf(zoneOf(zone), from - AROUND, to + AROUND);
  const at = (moment: number): Stretch =>
    stretches.findLast((stretch) => stretch.from <= moment) ?? { from: -Infinity, ahead: 0 };
  return {
    wallOf: (moment) => moment + at(moment).ahead,
    momentOf: (wall) => {
      let skipped = wall;
      for (const [place, { from: begins, ahead }] of stretches.entries()) {
        const moment = wall - ahead;
        const ends = stretches[place + 1]?.from ?? Infinity;
        if (moment >= begins && moment < ends) return moment;
        // Not shown in this stretch any more, nor yet in the next one.
        if (moment >= ends) skipped = moment;
      }
      return skipped;
    },
  };
}

function stretchesOf(zone: IANAZone, from: number, to: number): Stretch[] {
  const aheadAt = (moment: number): number => zone.offset(moment) * MINUTE;
  const stretches: Stretch[] = [{ from: -Infinity, ahead: aheadAt(from) }];
  for (let day = from; day < to; day += DAY) {
    const [before, after] = [aheadAt(day), aheadAt(day + DAY)];
    if (before !== after) stretches.push({ from: changeBetween(aheadAt, day, day + DAY), ahead: after });
  }
  return stretches;
}

/** The first moment after `low` at which the clocks show another time, to the second; they have changed by `high`. */
function changeBetween(aheadAt: (moment: number) => number, low: number, high: number): number {
  const before = aheadAt(low);
  let [same, changed] = [Math.floor(low / 1_000), Math.ceil(high / 1_000)];
  while (changed - same > 1) {
    const middle = Math.floor((same + changed) / 2);
    if (aheadAt(middle * 1_000) === before) same = middle;
    else changed = middle;
  }
  return changed * 1_000;
}
