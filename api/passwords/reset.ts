import type { Knex } from "knex";
import type { Logger } from "../../config/log.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { Membership } from "../../store/models/User.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import { findByEmail, foldEmail } from "../../store/people/email.ts";
import { inviteAgain } from "../../store/people/invitations.ts";
import { lockAccount } from "../../store/people/sessions.ts";
import { isWithin, type RateLimits } from "../middleware/limits.ts";
import type { Site } from "../middleware/person.ts";
import { type From, failuresOf } from "../sessions/guard.ts";
import type { Addressee } from "../users/account-notices.ts";
import type { Notices } from "../users/notices.ts";

export interface PasswordResetDeps {
  knex: Knex;
  credentials: Credentials;
  limits: RateLimits;
  site: Site;
  notices: Notices;
  log: Logger;
}

/**
 * Sends a link to a new password to the email address that somebody has verified. Nobody learns whether there is such a person:
 * the answer does not wait for what comes of it. Admins and auditors get none: whoever reads their mail would be them.
 */
export function createPasswordReset({ knex, credentials, limits, site, notices, log }: PasswordResetDeps) {
  /** @throws Throttled after so many from one browser, or one address */
  return async (email: string, from: From): Promise<void> => {
    await failuresOf(limits.resets, limits.vouched.resets, from).take();
    void sendLink(email, from.network).catch((err: unknown) => log.warn({ err }, "a link was not sent"));
  };

  async function sendLink(email: string, network: string): Promise<void> {
    // Without an address of its own, the site's would be whatever the caller says.
    if (site.origin === null || !(await isWithin(limits.resetsOf, foldEmail(email) ?? "nobody"))) return;
    const mayNote = await isWithin(limits.unnamed, network);
    const link = await actAs(knex, "sign-in", async (trx) => {
      const to = await addressee(trx, email);
      if (to === null) {
        if (mayNote) await record(trx, "sign-in", { action: "user.reset", outcome: "denied" });
        return null;
      }
      await lockAccount(trx, to.id);
      await record(trx, "sign-in", { action: "user.reset", outcome: "ok", objectId: to.id });
      return { to, ...(await inviteAgain(trx, to.id, credentials.invitations)) };
    });
    if (link !== null) notices.reset(link.to, link.token);
  }
}

/** Whom a link may be sent to, and where; null for everybody else. */
async function addressee(trx: Transaction, email: string): Promise<Addressee | null> {
  const user = await findByEmail(trx, email);
  if (user === undefined || user.disabled_at !== null || user.password_hash === null) return null;
  const administers = await Membership.query(trx).where({ user_id: user.id, territory_id: null }).first();
  if (administers !== undefined) return null;
  const point: { address: string } | undefined = await trx("contact_points")
    .where({ user_id: user.id, channel: "email" })
    .whereNotNull("verified_at")
    .first("address");
  return point === undefined ? null : { id: user.id, email: point.address };
}
