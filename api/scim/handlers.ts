import type { Knex } from "knex";
import type { ScimToken as TokenRow } from "../../store/models/Scim.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import { isLiveToken } from "../../store/people/scim-tokens.ts";
import type { Handlers } from "../http/route.ts";
import { type CountedGroup, createScimAdmin } from "./admin.ts";
import type { scim } from "./routes.ts";
import type { ScimGroup, ScimToken } from "./schema.ts";

/** Answers the calls under /api/scim. */
export function scimAdminHandlers({
  knex,
  credentials,
}: {
  knex: Knex;
  credentials: Pick<Credentials, "scim">;
}): Handlers<typeof scim> {
  const admins = createScimAdmin(knex, credentials.scim);
  return {
    listTokens: async ({ caller }) => ({
      status: 200,
      body: { tokens: (await admins.tokens(caller)).map(presentToken) },
    }),
    createToken: async ({ caller, body }) => {
      const { row, secret } = await admins.make(caller, body);
      return { status: 201, body: { ...presentToken(row), token: secret } };
    },
    revokeToken: async ({ caller, params }) => {
      await admins.revoke(caller, params.id);
      return { status: 204 };
    },
    listGroups: async ({ caller, query }) => {
      const { items, next } = await admins.groups(caller, query);
      return { status: 200, body: { groups: items.map(presentGroup), next } };
    },
    changeGroup: async ({ caller, params, body }) => ({
      status: 200,
      body: presentGroup(await admins.map(caller, params.id, body.mapping)),
    }),
  };
}

const presentToken = (row: TokenRow): ScimToken => ({
  token_id: row.id,
  name: row.name,
  state: row.revoked_at !== null ? "revoked" : isLiveToken(row) ? "live" : "expired",
  made_by: row.made_by,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at?.toISOString() ?? null,
  revoked_at: row.revoked_at?.toISOString() ?? null,
  last_used_at: row.last_used_at?.toISOString() ?? null,
});

const presentGroup = ({ group, members }: CountedGroup): ScimGroup => ({
  group_id: group.id,
  name: group.name,
  members,
  mapping:
    group.territory_id === null
      ? null
      : {
          territory_id: group.territory_id,
          role: group.role,
          topic_id: group.topic_id,
          mapped_by: group.mapped_by ?? "",
        },
  created_at: group.created_at.toISOString(),
});
