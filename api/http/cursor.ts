import { z } from "zod";

/** A place in a list that is ordered newest first, by time and then id; written down as ms and id. */
export const ByTime = z
  .tuple([z.int().min(0).max(8.64e15), z.uuid()])
  .transform(([ms, id]) => ({ at: new Date(ms), id }));
export type ByTime = z.output<typeof ByTime>;

/** A moment after 2001, in microseconds since 1970: what is in milliseconds is none. */
export const MICROSECONDS = z.int().min(1e15).max(9e15);

/** The same for times that PostgreSQL wrote to the microsecond: rows of one transaction share one, which a cursor in milliseconds would pass over. */
export const ByMoment = z.tuple([MICROSECONDS, z.uuid()]).transform(([moment, id]) => ({ moment, id }));

const text = z
  .string()
  .max(400)
  .refine((part) => part.isWellFormed() && !part.includes("\0"));

/** A place in a list that is ordered by a text, then by id. */
export const ByText = z.tuple([text, text]);
export type ByText = z.output<typeof ByText>;

/** A place as clients carry it; they need not understand it. */
export const encodeCursor = (place: unknown): string =>
  Buffer.from(JSON.stringify(place)).toString("base64url");

/** Reads a place that `encodeCursor` wrote. */
export const cursorOf = <Place extends z.ZodType>(place: Place) =>
  z
    .string()
    .max(500)
    .transform((cursor, { issues }): z.output<Place> => {
      const read = place.safeParse(decode(cursor));
      if (read.success) return read.data;
      issues.push({ code: "custom", input: cursor, message: "is not a cursor that a list gave" });
      return z.NEVER;
    });

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
