import { hash } from "@node-rs/argon2";
import type { Knex } from "knex";
import { record } from "../../store/audit/record.ts";
import { actAs } from "../../store/db/knex.ts";
import { findInvitation, setInvitedPassword, useInvitation } from "../../store/people/invitations.ts";
import { endSessions } from "../../store/people/people.ts";
import { gone } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { networkOf } from "../middleware/client.ts";
import type { RateLimits } from "../middleware/limits.ts";
import type { Judge } from "../passwords/judge.ts";
import { refuseOtherSites, type Site } from "../middleware/person.ts";
import type { Hashing } from "../sessions/hashing.ts";
import { type Addressee, noteChange } from "../users/account-notices.ts";
import { createInvitationFinder, type FinderDeps } from "./finder.ts";
import type { invitations } from "./routes.ts";

export interface InvitationDeps extends FinderDeps {
  knex: Knex;
  limits: RateLimits;
  hashing: Hashing;
  judge: Judge;
  site: Site;
}

/** Answers the calls under /api/invitations. */
export function invitationHandlers({
  knex,
  limits,
  hashing,
  judge,
  site,
  ...finding
}: InvitationDeps): Handlers<typeof invitations> {
  const find = createInvitationFinder({ knex, ...finding });
  /** Uses the invitation and sets the password; null when it is over meanwhile. */
  const accept = (token: string, password_hash: string): Promise<Addressee | null> =>
    actAs(knex, "sign-in", async (trx) => {
      const invited = await findInvitation(trx, token);
      if (invited === null) return null;
      await useInvitation(trx, invited);
      const { id, email } = invited.user;
      await endSessions(trx, id);
      const payload = { means: "invitation" };
      await record(trx, "sign-in", { action: "user.password", outcome: "ok", objectId: id, payload });
      await noteChange(trx, { id, email }, "password");
      await setInvitedPassword(trx, invited, password_hash);
      return { id, email };
    });

  return {
    accept: async ({ body: { token, password }, ctx }) => {
      refuseOtherSites(ctx, site);
      // Looked up first: who has no good token makes the program hash nothing.
      const invited = await find(ctx, token);
      if (invited !== null) await judge(password, invited.user, ctx);
      const person =
        invited && (await accept(token, await hashing.turn(() => hash(password), { from: networkOf(ctx) })));
      if (person === null) {
        await limits.invitations.take(networkOf(ctx));
        await actAs(knex, "sign-in", (trx) =>
          record(trx, "sign-in", { action: "user.password", outcome: "denied" }),
        );
        throw gone("This invitation was used, or is over; ask an administrator for another.");
      }
      return { status: 204 };
    },
  };
}
