import { z } from "zod";
import { ID } from "../../channels/contract.ts";
import { holdsUnseen, isSeen } from "../../config/seen.ts";
import { cursorOf } from "./cursor.ts";

/** An id that its senders choose: visible, without spaces at its ends. No path can hold `.` or `..` as one of its parts, so that nothing could be called by it. */
export const Id = z
  .string()
  .min(1)
  .max(ID.longest)
  .regex(ID.characters, "must hold no control characters")
  .refine((id) => id.trim() === id, "must not begin or end with a space")
  .refine((id) => id !== "." && id !== "..", "must not be . or ..");

/** A text that shows something. */
export const Text = z.string().refine(isSeen, "must hold a visible character");

/** A name for people to read. */
export const Name = Text.max(200)
  .regex(/^\P{Cc}+$/u, "must hold no control characters")
  .refine((name) => !holdsUnseen(name), "must hold no characters that are not seen");

/** Query values that say yes or no. */
export const yesNo = z.enum(["true", "false"]).transform((value) => value === "true");

/** The years that a time of ours can be written with, here and in PostgreSQL: an offset may lead out of the four digits that it is given with. */
const isWritable = (text: string): boolean => {
  const year = new Date(text).getUTCFullYear();
  return year >= 1 && year <= 9999;
};

/** The text of a time as clients give it. */
export const GivenMoment = z.iso
  .datetime({
    offset: true,
    abort: true,
    error: "must be a time with its zone, such as 2026-02-03T18:00:00Z",
  })
  .refine(isWritable, { abort: true, error: "must be in the years 1 to 9999 of UTC" });

/** A time as clients give it. Where it is none, nothing that compares times is asked: it would be given the text. */
export const GivenTime = GivenMoment.transform((text) => new Date(text));

/** A time as answers give it. */
export const Time = z.iso.datetime();

/** A path's id where the program chose it. */
export const ById = z.object({ id: z.uuid() });

/** A path's id where a sender may have chosen it. */
export const ByAnyId = z.object({ id: z.string().max(200) });

/** Acts take no body, or an empty object. */
export const Nothing = z.strictObject({}).meta({ id: "Nothing" });

/** Page size and place, shared by every list; `place` says how a place in the list is written down. */
export const pageBy = <Place extends z.ZodType>(place: Place) =>
  z.strictObject({
    limit: z.coerce.number().int().min(1).max(100).default(50),
    cursor: cursorOf(place).optional().describe("The `next` of the page before"),
  });

/** The place where the next page begins. */
export const Next = z.string().nullable().describe("The next page's cursor; null on the last page");
