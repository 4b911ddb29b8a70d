import { IANAZone } from "luxon";

/** Whether a text names a time zone. An offset such as +05:01 does not: there are thousands, and what is known of each is kept for good. */
export const isZone = (name: string): boolean => /^[^+-]/.test(name) && IANAZone.isValidZone(name);

/** Zones by the names that `Intl` gives them, of which there are some hundreds: asking it costs as much as a small query. */
const zones = new Map<string, IANAZone>();

/**
 * A time zone by its name, in whatever letters. luxon keeps what it knows of each name for good, so it is asked by the one that `Intl` has for
 * all of them.
 * @throws RangeError for a name that `IANAZone.isValidZone` does not take
 */
export function zoneOf(name: string): IANAZone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
  const zone = IANAZone.create(timeZone);
  zones.set(timeZone, zone);
  return zone;
}
