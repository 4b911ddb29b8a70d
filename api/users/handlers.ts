import type { Knex } from "knex";
import type { Handlers } from "../http/route.ts";
import { must } from "../../config/must.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import type { RateLimits } from "../middleware/limits.ts";
import type { Site } from "../middleware/person.ts";
import { createDirectory } from "./directory.ts";
import type { Notices } from "./notices.ts";
import { presentInvitation, presentUser } from "./present.ts";
import type { users } from "./routes.ts";
import { createSessionsOfPeople } from "./sessions.ts";

/** Answers the calls under /api/users. */
export function userHandlers({
  knex,
  credentials,
  site,
  notices,
  limits,
}: {
  knex: Knex;
  credentials: Credentials;
  limits: Pick<RateLimits, "signOuts">;
  site: Site;
  notices: Notices;
}): Handlers<typeof users> {
  const directory = createDirectory(knex, credentials.invitations);
  const sessions = createSessionsOfPeople(knex, limits);

  return {
    list: async ({ caller, query }) => {
      const { items, next } = await directory.list(caller, query);
      return { status: 200, body: { users: items.map(presentUser), next } };
    },

    create: async ({ caller, body, ctx }) => {
      const { person, invitation: made } = await directory.create(caller, body);
      const invitation = presentInvitation(site, ctx, made);
      notices.invite(person, invitation.token);
      const headers = { Location: `/api/users/${encodeURIComponent(person.id)}` };
      return { status: 201, headers, body: { ...presentUser(person), invitation } };
    },

    read: async ({ caller, params }) => ({
      status: 200,
      body: presentUser(await directory.find(caller, params.id)),
    }),

    change: async ({ caller, params, body }) => {
      const changed = await directory.change(caller, params.id, body);
      return { status: changed.waits ? 202 : 200, body: presentUser(changed.person) };
    },

    disable: async ({ caller, params }) => {
      const changed = await directory.disable(caller, params.id);
      return changed.waits ? { status: 202, body: presentUser(changed.person) } : { status: 204 };
    },

    invite: async ({ caller, params, ctx }) => {
      const changed = await directory.invite(caller, params.id);
      if (changed.waits) return { status: 202, body: presentUser(changed.person) };
      const invitation = presentInvitation(site, ctx, must(changed.invitation, "invitation"));
      notices.invite(changed.person, invitation.token);
      return { status: 201, body: invitation };
    },

    listSessions: async ({ caller, params: { id } }) => ({
      status: 200,
      body: { sessions: await sessions.list(caller, id) },
    }),

    endSessions: async ({ caller, params: { id } }) => {
      await sessions.end(caller, id);
      return { status: 204 };
    },
  };
}
