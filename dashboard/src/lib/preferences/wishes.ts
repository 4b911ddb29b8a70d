import type { Wanted } from "../api/preferences.ts";
import { TOLD_UNASKED } from "../contract.ts";
import type { Category } from "../contract.ts";
import { CATEGORY_WORDS, channelName } from "../words.ts";

/** A place in the grid; `all` stands for every category, or every channel. */
export interface Place {
  category: Category | "all";
  channel: string;
}

export interface Wish {
  wanted: boolean;
  /** The place whose wish it is; null where there is none. */
  from: Place | null;
}

/** The wish that holds at a place: the most specific one, its category's before the one on every category. */
export function wishAt(wanted: Wanted, place: Place): Wish {
  for (const from of lineOf(place)) {
    const said = wanted[from.category]?.[from.channel];
    if (said !== undefined) return { wanted: said, from };
  }
  return { wanted: place.channel === "all" || TOLD_UNASKED.includes(place.channel), from: null };
}

/** A place, then the more general ones that it follows, the nearest first. */
const lineOf = ({ category, channel }: Place): Place[] =>
  [
    { category, channel },
    { category, channel: "all" },
    { category: "all" as const, channel },
    { category: "all" as const, channel: "all" },
  ].filter((place, index, all) => all.findIndex((other) => same(other, place)) === index);

const same = (a: Place, b: Place): boolean => a.category === b.category && a.channel === b.channel;

/** The wishes with one changed. A wish is removed when it equals the wish that would hold without it. */
export function change(wanted: Wanted, place: Place, to: boolean): Wanted {
  const { [place.channel]: _, ...others } = wanted[place.category] ?? {};
  const without: Wanted = { ...wanted, [place.category]: others };
  if (wishAt(without, place).wanted === to) return tidy(without);
  return { ...without, [place.category]: { ...others, [place.channel]: to } };
}

const tidy = (wanted: Wanted): Wanted =>
  Object.fromEntries(Object.entries(wanted).filter(([, channels]) => Object.keys(channels).length > 0));

/** A place in words, e.g. "Order update by Email". */
export function placeWords({ category, channel }: Place): string {
  const by = channel === "all" ? "every channel" : channelName(channel);
  return category === "all" ? `Everything by ${by}` : `${CATEGORY_WORDS[category]} by ${by}`;
}

/** Where a place's setting comes from, in a few words. */
export function sourceWords(place: Place, { from }: Wish): string {
  if (from === null) return "Default";
  if (same(from, place)) return "Set here";
  const words = placeWords(from);
  return from.category === "all"
    ? `Follows ${words.charAt(0).toLowerCase()}${words.slice(1)}`
    : `Follows ${words}`;
}
