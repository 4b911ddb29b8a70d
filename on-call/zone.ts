import { IANAZone } from "luxon";

/**
 * A time zone by its name, in whatever letters. luxon keeps what it knows of each name for good, so it is asked by the one that `Intl` has for
 * all of them.
 * @throws RangeError for a name that `IANAZone.isValidZone` does not take
 */
export function zoneOf(name: string): IANAZone {
  const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
  return IANAZone.create(timeZone);
}
