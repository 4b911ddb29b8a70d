import { hash } from "@node-rs/argon2";
import type { Knex } from "knex";
import type { Context } from "koa";
import { record } from "../../store/audit/record.ts";
import { actAs } from "../../store/db/knex.ts";
import type { User } from "../../store/models/User.ts";
import { findInvitation, setInvitedPassword, useInvitation } from "../../store/people/invitations.ts";
import { endSessions } from "../../store/people/people.ts";
import { gone, invalid } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { networkOf } from "../middleware/client.ts";
import type { RateLimits } from "../middleware/limits.ts";
import { refuseOtherSites, type Site } from "../middleware/person.ts";
import { createHashing, type Hashing } from "../sessions/hashing.ts";
import type { Addressee, Notices } from "../users/notices.ts";
import type { invitations } from "./routes.ts";
import { isWeak } from "./strength.ts";

const WEAK = "is easily guessed: it is known from leaks, or made of common words, names or keys in a row";

export interface InvitationDeps {
  knex: Knex;
  limits: RateLimits;
  hashing: Hashing;
  notices: Notices;
  site: Site;
}

/** Answers the calls under /api/invitations. */
export function invitationHandlers({
  knex,
  limits,
  hashing,
  notices,
  site,
}: InvitationDeps): Handlers<typeof invitations> {
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
      await setInvitedPassword(trx, invited, password_hash);
      return { id, email };
    });

  // A queue of its own: a judgement takes longer than a hash, and nobody who signs in waits for it.
  const judging = createHashing({ atOnce: 1, waiting: 32 });

  /** @throws Problem 422 for a password that is easily guessed; 429, 503 */
  async function refuseWeak(password: string, { id, email, name }: User, ctx: Context): Promise<void> {
    const about = ["tocsin", id, email, ...email.split(/[@.]/), ...name.split(/\s+/)];
    if (!(await judging.turn(() => isWeak(password, about), { from: networkOf(ctx) }))) return;
    await limits.invitations.take(networkOf(ctx));
    throw invalid([{ path: "/password", message: WEAK }]);
  }

  return {
    accept: async ({ body: { token, password }, ctx }) => {
      refuseOtherSites(ctx, site);
      // Looked up first: who has no good token makes the program hash nothing.
      const invited = await actAs(knex, "sign-in", (trx) => findInvitation(trx, token));
      if (invited !== null) await refuseWeak(password, invited.user, ctx);
      const person =
        invited && (await accept(token, await hashing.turn(() => hash(password), { from: networkOf(ctx) })));
      if (person === null) {
        await limits.invitations.take(networkOf(ctx));
        await actAs(knex, "sign-in", (trx) =>
          record(trx, "sign-in", { action: "user.password", outcome: "denied" }),
        );
        throw gone("This invitation was used, or is over; ask an administrator for another.");
      }
      notices.tell(person, "password");
      return { status: 204 };
    },
  };
}
