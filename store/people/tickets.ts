import type { Knex } from "knex";
import { hashOfSecret } from "../crypto/tokens.ts";
import { actAs } from "../db/knex.ts";
import { liveSession, type SignedInPerson } from "./sessions.ts";
import { liveSubject } from "./subject-tokens.ts";

/** A realtime ticket must be redeemed within; seconds. */
export const TICKET_TTL = 30;

/** Keeps a ticket with which a client without cookies opens one socket: single use, 30 s. @param ticket `createTickets` makes it */
export async function issueTicket(
  knex: Knex,
  { sessionId, subject }: Pick<SignedInPerson, "sessionId" | "subject">,
  ticket: string,
): Promise<void> {
  await actAs(knex, "sign-in", async (trx) => {
    await trx("realtime_tickets").where("expires_at", "<", trx.fn.now()).delete();
    // PostgreSQL's clock decides, since another node may take the ticket.
    const expires_at = trx.raw("now() + make_interval(secs => ?)", [TICKET_TTL]);
    await trx("realtime_tickets").insert({
      ticket_hash: hashOfSecret(ticket),
      ...(subject === undefined ? { session_id: sessionId } : { subject_token_id: subject.tokenId }),
      expires_at,
    });
  });
}

/**
 * Uses a ticket up; null when it is unknown, used, expired, or its session or subject token is over.
 * @param origin of the page of another system that shows it, which its token has to be for; null for a page of this site, or a program: its session's
 */
export async function redeemTicket(
  knex: Knex,
  ticket: string,
  origin: string | null,
): Promise<SignedInPerson | null> {
  return await actAs(knex, "sign-in", async (trx) => {
    const [used] = await trx("realtime_tickets")
      .where({ ticket_hash: hashOfSecret(ticket) })
      .delete()
      .returning<{ session_id: string | null; subject_token_id: string | null; good: boolean }[]>([
        "session_id",
        "subject_token_id",
        trx.raw("expires_at > now() AS good"),
      ]);
    if (used?.good !== true) return null;
    if (used.subject_token_id !== null) {
      const found = await liveSubject(trx, { "subject_tokens.id": used.subject_token_id });
      return found?.subject?.origin === origin ? found : null;
    }
    if (origin !== null || used.session_id === null) return null;
    return await liveSession(trx, { "sessions.id": used.session_id });
  });
}
