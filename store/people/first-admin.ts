import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { record } from "../audit/record.ts";
import type { Tokens } from "../crypto/tokens.ts";
import { actAs, type Transaction } from "../db/knex.ts";
import { LOCKS } from "../db/locks.ts";
import { Membership, User } from "../models/User.ts";
import { foldEmail } from "./email.ts";
import { endInvitations, invite, type NewInvitation } from "./invitations.ts";
import { activeAdmins } from "./pending-changes.ts";

/** Why there is no link: `admin` where somebody administers the installation already, `taken` where another person has the email. */
export type NoFirstAdmin = "admin" | "taken" | "not an email";

/**
 * Makes an installation's first admin, on record, and the link by which they set their password. Run again before anybody
 * opened the link, it makes another one, also for somebody else, who is the first admin then in place of the one before.
 */
export async function makeFirstAdmin(
  knex: Knex,
  invitations: Pick<Tokens, "make">,
  { email: given, name }: { email: string; name: string },
): Promise<NewInvitation | NoFirstAdmin> {
  const email = foldEmail(given);
  if (email === null || !/^[^@]+@[^@]+$/.test(email)) return "not an email";
  return await actAs(knex, "setup", async (trx) => {
    await trx.raw("SELECT pg_advisory_xact_lock(?)", [LOCKS.administer]);
    if ((await activeAdmins(trx)).size > 0) return "admin";
    const known = await User.query(trx).findOne({ email });
    const role = { territory_id: null, role: "admin" as const };
    if (known !== undefined) {
      const held = await Membership.query(trx).where({ user_id: known.id, ...role });
      if (held.length === 0 || known.disabled_at !== null) return "taken";
    }
    const id = known?.id ?? uuidv7();
    if (known === undefined) {
      await User.query(trx).insert({ id, email, name });
      await trx("inboxes").insert({ user_id: id });
      await Membership.query(trx).insert({ user_id: id, ...role });
    }
    await takeFromOthers(trx, id);
    const payload = { roles: ["admin"] };
    await record(trx, "setup", { action: "user.create", outcome: "ok", objectId: id, payload });
    return await invite(trx, id, invitations);
  });
}

/** Takes the role, and the link, of those who were made the first admin before: none of them can sign in. */
async function takeFromOthers(trx: Transaction, id: string): Promise<void> {
  const taken = await Membership.query(trx)
    .delete()
    .where({ territory_id: null, role: "admin" })
    .whereNot({ user_id: id })
    .returning("user_id");
  for (const { user_id: objectId } of taken) {
    await endInvitations(trx, objectId);
    await record(trx, "setup", { action: "user.update", outcome: "ok", objectId, payload: { roles: [] } });
  }
}
