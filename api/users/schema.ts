import { z } from "zod";
import { PASSWORD, ROLES } from "../../channels/contract.ts";
import { foldEmail } from "../../store/people/email.ts";
import { ByText } from "../http/cursor.ts";
import { Id, Name, Next, pageBy, Time, yesNo } from "../http/schema.ts";

/** Roles in a territory, and in the installation. */
const InTerritory = z.object({ territory_id: Id, role: z.enum(["clinician", "supervisor"]) });
const InInstallation = z.enum(["admin", "auditor"]);

const Password = z.string().min(PASSWORD.shortest).max(PASSWORD.longest);
/** Only ASCII, since zod takes no other address, and in the form in which emails are compared. */
const Email = z
  .email()
  .max(320)
  .overwrite((email) => foldEmail(email) ?? email);

/** An OpenID provider's subject. */
const Subject = z.object({ issuer: z.url().max(500), subject: z.string().min(1).max(255) });

export const NewUser = z
  .object({
    user_id: Id.optional().describe("Default: a new one"),
    email: Email,
    name: Name,
    password: Password.optional().describe("Without one, only an OpenID provider signs the person in"),
    memberships: z.array(InTerritory).max(500).default([]),
    roles: z.array(InInstallation).max(2).default([]),
  })
  .meta({
    id: "NewUser",
    examples: [
      {
        email: "a.example@west.example",
        name: "Ada Example",
        memberships: [{ territory_id: "west-hospital", role: "clinician" }],
      },
    ],
  });
export type NewUser = z.infer<typeof NewUser>;

export const UserChange = z
  .object({
    email: Email.optional(),
    name: Name.optional(),
    password: Password.nullable().optional().describe("Ends the person's sessions"),
    memberships: z
      .array(InTerritory)
      .max(500)
      .optional()
      .describe("All of them; a membership that is missing here is taken away"),
    roles: z.array(InInstallation).max(2).optional(),
    disabled: z.boolean().optional(),
    second_factor: z.literal(false).optional().describe("Takes a lost authenticator off"),
    identity: Subject.nullable().optional().describe("The person's identity at the OpenID provider"),
  })
  .meta({ id: "UserChange", examples: [{ name: "Ada Sample", roles: ["auditor"] }] });
export type UserChange = z.infer<typeof UserChange>;

export const UsersQuery = pageBy(ByText).extend({
  q: z.string().max(200).optional().describe("Part of the name, email or id"),
  territory: z.string().max(200).optional(),
  role: z.enum(ROLES).optional(),
  disabled: yesNo.optional(),
});
export type UsersQuery = z.infer<typeof UsersQuery>;

export const User = z
  .object({
    user_id: z.string(),
    email: z.string(),
    name: z.string(),
    memberships: z.array(z.object({ territory_id: z.string(), role: z.enum(ROLES) })),
    roles: z.array(z.enum(ROLES)),
    has_password: z.boolean(),
    second_factor: z.boolean(),
    created_at: Time,
    disabled_at: Time.nullable(),
  })
  .meta({
    id: "User",
    examples: [
      {
        user_id: "a.example",
        email: "a.example@west.example",
        name: "Ada Example",
        memberships: [{ territory_id: "west-hospital", role: "clinician" }],
        roles: [],
        has_password: true,
        second_factor: false,
        created_at: "2026-01-05T08:00:00.000Z",
        disabled_at: null,
      },
    ],
  });
export type User = z.infer<typeof User>;

export const UserList = z.object({ users: z.array(User), next: Next });
