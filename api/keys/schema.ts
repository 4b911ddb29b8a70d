import { z } from "zod";
import { ByText } from "../http/cursor.ts";
import { Origin } from "../subject-tokens/schema.ts";
import { GivenTime, Id, Next, pageBy, Time } from "../http/schema.ts";

const later = GivenTime.refine((time) => time > new Date(), "must lie in the future");
const Scope = z.array(Id).min(1).max(500);
const Origins = z
  .array(Origin)
  .max(10)
  .describe(
    "Pages of other systems for which the key may ask for subject tokens, by which they show the inbox of anybody in its territories; none: it may not",
  );

export const NewKey = z
  .strictObject({
    service_id: z.uuid(),
    territory_ids: Scope.describe("Where the key may send"),
    subject_origins: Origins.default([]),
    expires_at: later.optional(),
  })
  .meta({
    id: "NewKey",
    examples: [
      {
        service_id: "5f0c7a52-3a1e-4a7e-9a57-0d8b8f1f3c11",
        territory_ids: ["west-hospital"],
        expires_at: "2027-01-05T08:00:00Z",
      },
    ],
  });
export const KeyChange = z
  .strictObject({
    territory_ids: Scope.optional(),
    subject_origins: Origins.optional(),
    expires_at: later.nullable().optional(),
  })
  .meta({ id: "KeyChange", examples: [{ territory_ids: ["west-hospital", "east-clinic"] }] });
export const Rotation = z
  .strictObject({
    overlap_hours: z
      .number()
      .min(0)
      .max(720)
      .default(24)
      .describe("How long the old key stays good beside the new one"),
    expires_at: later.optional(),
  })
  .meta({ id: "Rotation", examples: [{ overlap_hours: 48 }] });
export const KeysQuery = pageBy(ByText).extend({ service: z.uuid().optional() });

const KEY = {
  key_id: "tocsin_7d2k",
  service_id: "5f0c7a52-3a1e-4a7e-9a57-0d8b8f1f3c11",
  territory_ids: ["west-hospital"],
  subject_origins: ["https://ehr.example"],
  state: "live" as const,
  created_at: "2026-01-05T08:00:00.000Z",
  expires_at: "2027-01-05T08:00:00.000Z",
  revoked_at: null,
  last_used_at: null,
};

export const Key = z
  .object({
    key_id: z.string(),
    service_id: z.uuid(),
    territory_ids: z.array(z.string()),
    subject_origins: z.array(z.string()),
    state: z.enum(["live", "expired", "revoked"]),
    created_at: Time,
    expires_at: Time.nullable(),
    revoked_at: Time.nullable(),
    last_used_at: Time.nullable().describe("Exact to the minute"),
  })
  .meta({ id: "Key", examples: [KEY] });
export type Key = z.infer<typeof Key>;

export const KeyWithSecret = Key.extend({
  key: z.string().describe("Shown this once: only its hash is kept"),
}).meta({ id: "KeyWithSecret", examples: [{ ...KEY, key: "tocsin_7d2k.a-secret-of-65-characters" }] });

export const KeyList = z.object({ keys: z.array(Key), next: Next });
