import { z } from "zod";
import { TerritorySettings } from "../../store/settings.ts";
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

/** A change of settings: what is left out stays, null takes one back. */
const SettingsChange = z.strictObject({
  redaction: TerritorySettings.shape.redaction.nullable(),
  originals_days: TerritorySettings.shape.originals_days.nullable(),
});

export const NewTerritory = z.object({
  territory_id: Id,
  name: Name,
  settings: TerritorySettings.default({}),
});
export const TerritoryChange = z.object({
  name: Name.optional(),
  settings: SettingsChange.optional(),
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
