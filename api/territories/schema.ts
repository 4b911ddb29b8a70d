import { z } from "zod";
import { Page } from "../notifications/schema.ts";

/** An id that its senders choose: visible, without spaces at its ends. */
export const Id = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{C}+$/u, "must hold no control characters")
  .refine((id) => id.trim() === id, "must not begin or end with a space");

/** A name for people to read. */
export const Name = z
  .string()
  .max(200)
  .regex(/^\P{Cc}+$/u, "must hold no control characters")
  .refine((name) => name.trim() !== "", "must not be blank");

/** Settings by name; null takes one back. */
const Settings = z.record(
  z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
  z.union([z.string().max(500), z.number(), z.boolean(), z.null()]),
);

export const NewTerritory = z.object({ territory_id: Id, name: Name, settings: Settings.default({}) });
export const TerritoryChange = z.object({
  name: Name.optional(),
  settings: Settings.optional(),
  archived: z.literal(false).optional().describe("Brings an archived territory back"),
});

/** Query values that say yes or no. */
export const yesNo = z.enum(["true", "false"]).transform((value) => value === "true");

export const TerritoriesQuery = Page.extend({
  q: z.string().max(200).optional().describe("Part of the name or id"),
  archived: yesNo.default(false),
});

export const Territory = z.object({
  territory_id: z.string(),
  name: z.string(),
  settings: z.record(z.string(), z.unknown()),
  created_at: z.iso.datetime(),
  archived_at: z.iso.datetime().nullable(),
});
export type Territory = z.infer<typeof Territory>;
