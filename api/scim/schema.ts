import { z } from "zod";
import { ByText } from "../http/cursor.ts";
import { GivenTime, Id, Name, Next, pageBy, Time } from "../http/schema.ts";

export const NewScimToken = z
  .strictObject({
    name: Name.describe("The directory that gets it; the record names it"),
    expires_at: GivenTime.refine((time) => time > new Date(), "must lie in the future").optional(),
  })
  .meta({ id: "NewScimToken", examples: [{ name: "Entra ID", expires_at: "2027-01-05T08:00:00Z" }] });
export type NewScimToken = z.output<typeof NewScimToken>;

const TOKEN = {
  token_id: "0195a1f05c007000800000000000000f",
  name: "Entra ID",
  state: "live" as const,
  made_by: "admin.example",
  created_at: "2026-01-05T08:00:00.000Z",
  expires_at: "2027-01-05T08:00:00.000Z",
  revoked_at: null,
  last_used_at: null,
};

export const ScimToken = z
  .object({
    token_id: z.string(),
    name: z.string(),
    state: z.enum(["live", "expired", "revoked"]),
    made_by: z.string(),
    created_at: Time,
    expires_at: Time.nullable(),
    revoked_at: Time.nullable(),
    last_used_at: Time.nullable().describe("Exact to the minute"),
  })
  .meta({ id: "ScimToken", examples: [TOKEN] });
export type ScimToken = z.output<typeof ScimToken>;

export const ScimTokenWithSecret = ScimToken.extend({
  token: z.string().describe("Shown this once: only its hash is kept"),
}).meta({
  id: "ScimTokenWithSecret",
  examples: [{ ...TOKEN, token: "scim_0195a1f0.a-secret-of-65-characters" }],
});
export const ScimTokenList = z.object({ tokens: z.array(ScimToken) });

const Mapping = z
  .strictObject({
    territory_id: Id,
    role: z.enum(["clinician", "supervisor"]).nullable().default(null).describe("What its people are there"),
    topic_id: z
      .uuid()
      .nullable()
      .default(null)
      .describe("The topic of that territory that its people are in"),
  })
  .refine(({ role, topic_id }) => role !== null || topic_id !== null, {
    path: ["role"],
    message: "give a role, a topic or both",
  });

export const ScimGroupChange = z
  .strictObject({ mapping: Mapping.nullable().describe("null: it gives nothing") })
  .meta({
    id: "ScimGroupChange",
    examples: [{ mapping: { territory_id: "west-hospital", role: "clinician", topic_id: null } }],
  });
export type ScimGroupChange = z.output<typeof ScimGroupChange>;

export const ScimGroup = z
  .object({
    group_id: z.uuid(),
    name: z.string(),
    members: z.int(),
    mapping: z
      .object({
        territory_id: z.string(),
        role: z.enum(["clinician", "supervisor"]).nullable(),
        topic_id: z.uuid().nullable(),
        mapped_by: z.string(),
      })
      .nullable(),
    created_at: Time,
  })
  .meta({
    id: "ScimGroup",
    examples: [
      {
        group_id: "0195a1f0-0000-7000-8000-000000000010",
        name: "Nephrology",
        members: 12,
        mapping: {
          ...{ territory_id: "west-hospital", role: "clinician", topic_id: null },
          mapped_by: "admin.example",
        },
        created_at: "2026-01-05T08:00:00.000Z",
      },
    ],
  });
export type ScimGroup = z.output<typeof ScimGroup>;
export const ScimGroupsQuery = pageBy(ByText);
export const ScimGroupList = z.object({ groups: z.array(ScimGroup), next: Next });
