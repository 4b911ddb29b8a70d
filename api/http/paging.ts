import { z } from "zod";
import { invalid } from "./errors.ts";

/** A place in a list that is ordered by a text, then by id. */
export type Place = [text: string, id: string];

const Wire = z.tuple([z.string().max(400), z.string().max(400)]);

/** The place as clients carry it; they need not understand it. */
export const encodePlace = (place: Place): string => Buffer.from(JSON.stringify(place)).toString("base64url");

/** @throws Problem 422 when it is not one of ours. */
export function decodePlace(text: string): Place {
  try {
    const place = Wire.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
    if (place.every((part) => part.isWellFormed() && !part.includes("\0"))) return place;
  } catch {
    // Said below.
  }
  throw invalid([{ path: "/cursor", message: "is not a cursor that a list gave" }]);
}

/** Splits what was read, one row more than asked for, into the page and the place where the next one begins. */
export function toPage<T>(
  rows: T[],
  limit: number,
  placeOf: (row: T) => Place,
): { items: T[]; next: string | null } {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, next: last === undefined ? null : encodePlace(placeOf(last)) };
}

/** A pattern for LIKE that finds `text` itself anywhere: its wildcards mean nothing. */
export const containing = (text: string): string => `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;

/** An id of ours or of a sender's, as it stands in a path; anything else is not worth asking the database for. */
export const isId = (text: string): boolean =>
  text.length > 0 && text.length <= 200 && text.isWellFormed() && !text.includes("\0");
