import { z } from "zod";
import { ID } from "../../channels/contract.ts";
import { cursorOf } from "./cursor.ts";

/** An id that its senders choose: visible, without spaces at its ends. No path can hold `.` or `..` as one of its parts, so that nothing could be called by it. */
export const Id = z
  .string()
  .min(1)
  .max(ID.longest)
  .regex(ID.characters, "must hold no control characters")
  .refine((id) => id.trim() === id, "must not begin or end with a space")
  .refine((id) => id !== "." && id !== "..", "must not be . or ..");

/** A character that is seen: none of those that only shape others, fill, or take room (U+2800 is Braille without a dot). */
const SEEN = /[^\s\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** A text that shows something. */
export const Text = z.string().refine((text) => SEEN.test(text), "must hold a visible character");

/** What shapes its neighbours in scripts that join, and in emoji. Nothing shows it between other letters. */
const JOINERS =
  /(?<=[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])(?<![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\u0300-\u036f])[\u200c\u200d]|(?<=\p{Extended_Pictographic})\ufe0f/gu;
/** What is not seen, or changes the order in which the rest is: by it, two names look the same, or one looks like another. */
const UNSEEN = /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** A name for people to read. */
export const Name = Text.max(200)
  .regex(/^\P{Cc}+$/u, "must hold no control characters")
  .refine((name) => !UNSEEN.test(name.replaceAll(JOINERS, "")), "must hold no characters that are not seen");

/** Query values that say yes or no. */
export const yesNo = z.enum(["true", "false"]).transform((value) => value === "true");

/** A time as clients give it. */
export const GivenTime = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

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
