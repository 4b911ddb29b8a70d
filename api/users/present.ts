import type { Context } from "koa";
import type { NewInvitation } from "../../store/people/invitations.ts";
import type { PersonRecord } from "../../store/people/people.ts";
import { presentChanges } from "../changes/present.ts";
import type { Site } from "../middleware/person.ts";
import type { Invitation } from "../invitations/schema.ts";
import type { User } from "./schema.ts";

/** A person as admins see them. */
export const presentUser = (user: PersonRecord): User => ({
  user_id: user.id,
  email: user.email,
  name: user.name,
  memberships: user.roles.flatMap(({ territory_id, role }) =>
    territory_id === null ? [] : [{ territory_id, role }],
  ),
  roles: user.roles.flatMap(({ territory_id, role }) => (territory_id === null ? [role] : [])),
  has_password: user.hasPassword,
  second_factor: user.hasSecondFactor,
  created_at: user.created_at.toISOString(),
  disabled_at: user.disabled_at?.toISOString() ?? null,
  pending_changes: presentChanges(user.pending),
});

/** The token stands in the fragment, which browsers send to no server. */
export const presentInvitation = (
  { origin }: Site,
  ctx: Context,
  { token, expiresAt }: NewInvitation,
): Invitation => ({
  url: `${origin ?? `${ctx.protocol}://${ctx.host}`}/invitation#${token}`,
  token,
  expires_at: expiresAt.toISOString(),
});
