import type { Knex } from "knex";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor, switchActor, type Transaction } from "../../store/db/knex.ts";
import { Notification } from "../../store/models/Notification.ts";
import { Send } from "../../store/models/Send.ts";
import { readSettings } from "../../store/settings.ts";
import { owesRoleToSelf } from "../../store/people/people.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { invalid } from "../http/errors.ts";
import { isUuid } from "../../config/ids.ts";
import { createRevealRate, type RevealRateDeps } from "./reveal-rate.ts";

export type RevealDeps = RevealRateDeps;

/** A notification of a person, or an item of a digest of which they have a copy since they cover somebody. */
const ownOf = (trx: Transaction, user_id: string, id: string): Promise<Notification | undefined> =>
  Notification.query(trx)
    .findById(id)
    .where((own) => own.where({ user_id }).orWhereRaw("digest IS NOT NULL AND covers_digest(digest)"))
    .execute();

/** What was sent for it. A broadcast is read by those who got it themselves; whoever covers one of them has it read for that item. */
async function sendOf(trx: Transaction, actor: Actor, item: Notification): Promise<Send | undefined> {
  const isOfBroadcast = item.digest !== null && item.send_id !== item.id;
  if (isOfBroadcast) await switchActor(trx, `worker:${item.id}`);
  const send = await Send.query(trx).findById(item.textId);
  if (isOfBroadcast) await switchActor(trx, actor);
  return send;
}

/** The reasons of which one must be given to read an original; null where the notification is not this person's. */
export async function revealReasons(knex: Knex, userId: string, id: string): Promise<string[] | null> {
  if (!isUuid(id)) return null;
  return await actAs(knex, `user:${userId}`, async (trx) => {
    const notification = await ownOf(trx, userId, id);
    if (notification === undefined) return null;
    return (await readSettings(trx, notification.territory_id)).reveal_reasons ?? [];
  });
}

/**
 * Puts on record that somebody reads an original, and why, before it is unsealed; answers its send, null where the
 * notification is not this person's, "own grant" for somebody whose role is owed to themself. It is counted (`createRevealRate`).
 * @throws Problem 422 without a reason of those that the territory asks for
 */
export function createRevealing(deps: RevealDeps) {
  const { knex } = deps;
  const count = createRevealRate(deps);
  return async (
    { userId }: Pick<SignedInPerson, "userId">,
    id: string,
    reason: string | undefined,
  ): Promise<Send | "own grant" | null> => {
    const actor: Actor = `user:${userId}`;
    const found = await actAs(knex, actor, async (trx) => {
      const notification = await ownOf(trx, userId, id);
      const send = await (notification && sendOf(trx, actor, notification));
      if (notification === undefined || send === undefined) return null;
      const { territory_id } = notification;
      if (await owesRoleToSelf(trx, userId, territory_id)) return "own grant" as const;
      checkReason((await readSettings(trx, territory_id)).reveal_reasons, reason);
      const shredded = send.shredded_at !== null;
      await record(trx, actor, {
        action: "notification.reveal",
        outcome: shredded ? "failed" : "ok",
        territoryId: territory_id,
        objectId: id,
        payload: {
          ...(shredded ? { reason: "destroyed" } : {}),
          ...(reason === undefined ? {} : { stated: reason }),
        },
      });
      return { send, territory_id };
    });
    if (found === null || found === "own grant") return found;
    await count(userId, found.territory_id);
    return found.send;
  };
}

function checkReason(reasons: readonly string[] | undefined, given: string | undefined): void {
  if (reasons === undefined) {
    if (given !== undefined)
      throw invalid([{ path: "/reason", message: "is not asked for: the territory has no list of reasons" }]);
  } else if (given === undefined || !reasons.includes(given))
    throw invalid([{ path: "/reason", message: `must be one of: ${reasons.join("; ")}` }]);
}
