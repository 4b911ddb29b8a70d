import { z } from "zod";
import { ROLES } from "../../channels/contract.ts";
import { Identity, InInstallation } from "../../store/people/pending-changes.ts";
import { PendingChange } from "../changes/schema.ts";
import { Invitation, INVITATION } from "../invitations/schema.ts";
import { foldEmail } from "../../store/people/email.ts";
import { ByText } from "../http/cursor.ts";
import { Id, Name, Next, pageBy, Time, yesNo } from "../http/schema.ts";

/** A role in a territory. */
const InTerritory = z.strictObject({ territory_id: Id, role: z.enum(["clinician", "supervisor"]) });

/** ASCII alone (zod's rule takes no other address), in the form in which emails are compared. */
const Email = z
  .email()
  .max(320)
  .overwrite((email) => foldEmail(email) ?? email);

/** Refused by name, also where fields that nobody knows are let pass. */
const NoPassword = z
  .never({ error: "is set by the person alone, by an invitation: POST /api/users/{id}/invitation" })
  .optional();

export const NewUser = z
  .strictObject({
    user_id: Id.optional().describe("Default: a new one"),
    email: Email,
    name: Name,
    password: NoPassword,
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
  .strictObject({
    email: Email.optional(),
    name: Name.optional(),
    password: NoPassword,
    memberships: z
      .array(InTerritory)
      .max(500)
      .optional()
      .describe("All of them; a membership that is missing here is taken away"),
    memberships_before: z
      .array(InTerritory)
      .max(500)
      .optional()
      .describe("What the caller changes; 409 where somebody else has changed them since"),
    roles: z.array(InInstallation).max(2).optional(),
    disabled: z.boolean().optional(),
    second_factor: z.literal(false).optional().describe("Takes a lost authenticator off, and the passkeys"),
    identity: Identity.nullable().optional().describe("The person's identity at the OpenID provider"),
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

const USER = {
  user_id: "a.example",
  email: "a.example@west.example",
  name: "Ada Example",
  memberships: [{ territory_id: "west-hospital", role: "clinician" as const }],
  roles: [],
  has_password: true,
  second_factor: false,
  created_at: "2026-01-05T08:00:00.000Z",
  disabled_at: null,
  pending_changes: [],
};

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
    pending_changes: z
      .array(PendingChange)
      .describe(
        "What another admin has to confirm: roles of admin and auditor, identities, a lost authenticator",
      ),
  })
  .meta({ id: "User", examples: [USER] });
export type User = z.infer<typeof User>;

/** A person who was just made. */
export const InvitedUser = User.extend({ invitation: Invitation }).meta({
  id: "InvitedUser",
  examples: [{ ...USER, has_password: false, invitation: INVITATION }],
});

export const UserList = z.object({ users: z.array(User), next: Next });
