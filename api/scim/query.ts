import { z } from "zod";
import { badValue } from "./error.ts";

/** Resources that one answer lists. */
export const MOST_LISTED = 200;

/** Members of one group, and those of all the groups of a list, or their groups, that one page holds. */
export const MOST_JOINED = 10_000;

/** What of a list is asked for. */
export interface Asked {
  filter: string | null;
  /** The first one, from 1. */
  from: number;
  count: number;
  /** Names of attributes that are left out, in small letters. */
  without: ReadonlySet<string>;
}

/**
 * The first items of a page, as many as have all of their joined rows among `rows`, and the first one anyhow: a page may be shorter than was
 * asked for (RFC 7644, 3.4.2.4), and the next one begins behind it.
 * @param rows of whom each is, in the page's order; one more than MOST_JOINED where they were cut off
 */
export function asManyAsFit<T extends { id: string }>(items: T[], rows: readonly string[]): T[] {
  if (rows.length <= MOST_JOINED) return items;
  const cutOff = items.findIndex(({ id }) => id === rows.at(-1));
  return items.slice(0, Math.max(1, cutOff));
}

const Whole = z.coerce.number().int();

/** Reads the query of a list; what SCIM knows and Tocsin does not (sorting) is let pass. @throws ScimError 400 */
export function readQuery(query: Record<string, unknown>): Asked {
  return {
    filter: textOf(query, "filter"),
    from: Math.max(1, numberOf(query, "startIndex", 1)),
    count: Math.min(MOST_LISTED, Math.max(0, numberOf(query, "count", 100))),
    without: new Set((textOf(query, "excludedAttributes") ?? "").toLowerCase().split(/[,\s]+/)),
  };
}

function textOf(query: Record<string, unknown>, name: string): string | null {
  const value = query[name];
  if (value === undefined || value === "") return null;
  if (typeof value !== "string") throw badValue(`${name} is given more than once.`);
  return value;
}

function numberOf(query: Record<string, unknown>, name: string, otherwise: number): number {
  const text = textOf(query, name);
  if (text === null) return otherwise;
  const number = Whole.safeParse(text);
  if (!number.success) throw badValue(`${name} has to be a whole number.`);
  return number.data;
}
