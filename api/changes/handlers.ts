import type { Knex } from "knex";
import { must } from "../../config/must.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import type { Handlers } from "../http/route.ts";
import type { Site } from "../middleware/person.ts";
import type { Notices } from "../users/notices.ts";
import { presentInvitation } from "../users/present.ts";
import { createChanges } from "./confirm.ts";
import { presentChanges } from "./present.ts";
import type { changes } from "./routes.ts";

/** Answers the calls under /api/changes. */
export function changeHandlers({
  knex,
  credentials,
  site,
  notices,
}: {
  knex: Knex;
  credentials: Credentials;
  site: Site;
  notices: Notices;
}): Handlers<typeof changes> {
  const pending = createChanges(knex, credentials.invitations);
  return {
    list: async ({ caller }) => ({
      status: 200,
      body: { changes: presentChanges(await pending.list(caller)) },
    }),

    confirm: async ({ caller, params, ctx }) => {
      const { change, person, invitation: made } = await pending.confirm(caller, params.id);
      const invitation = made === null ? null : presentInvitation(site, ctx, made);
      if (person !== null && invitation !== null) notices.invite(person, invitation.token);
      const [shown] = presentChanges([change]);
      return { status: 200, body: { change: must(shown, "confirmed change"), invitation } };
    },

    withdraw: async ({ caller, params }) => {
      await pending.withdraw(caller, params.id);
      return { status: 204 };
    },
  };
}
