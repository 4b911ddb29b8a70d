import { z } from "zod";
import { Page } from "../notifications/schema.ts";
import { Id, Name } from "../territories/schema.ts";

const later = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine((time) => time > new Date(), "must lie in the future");
const Scope = z.array(Id).min(1).max(500);

export const NewService = z.object({ name: Name });
export const ServiceChange = z.object({
  name: Name.optional(),
  disabled: z.literal(false).optional().describe("Lets the service have keys again"),
});
export const Service = z.object({
  service_id: z.uuid(),
  name: z.string(),
  created_at: z.iso.datetime(),
  disabled_at: z.iso.datetime().nullable(),
});
export type Service = z.infer<typeof Service>;

export const NewKey = z.object({
  service_id: z.uuid(),
  territory_ids: Scope.describe("Where the key may send"),
  expires_at: later.optional(),
});
export const KeyChange = z.object({
  territory_ids: Scope.optional(),
  expires_at: later.nullable().optional(),
});
export const Rotation = z.object({
  overlap_hours: z
    .number()
    .min(0)
    .max(720)
    .default(24)
    .describe("How long the old key is good beside the new"),
  expires_at: later.optional(),
});
export const KeysQuery = Page.extend({ service: z.uuid().optional() });

export const Key = z.object({
  key_id: z.string(),
  service_id: z.uuid(),
  territory_ids: z.array(z.string()),
  state: z.enum(["live", "expired", "revoked"]),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
  revoked_at: z.iso.datetime().nullable(),
  last_used_at: z.iso.datetime().nullable().describe("To the minute"),
});
export type Key = z.infer<typeof Key>;

export const KeyWithSecret = Key.extend({
  key: z.string().describe("Shown this once: only its hash is kept"),
});
