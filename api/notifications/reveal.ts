import type { Knex } from "knex";
import type { Logger } from "../../config/log.ts";
import type { Metrics } from "../../node/metrics.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { Notification } from "../../store/models/Notification.ts";
import { Send } from "../../store/models/Send.ts";
import { readSettings } from "../../store/settings.ts";
import { owesRoleToSelf } from "../../store/people/people.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { invalid } from "../http/errors.ts";
import { isUuid } from "../http/ids.ts";
import { type RateLimits, Throttled } from "../middleware/limits.ts";

export interface RevealDeps {
  knex: Knex;
  limits: Pick<RateLimits, "reveals">;
  metrics: Pick<Metrics, "revealsAreMany">;
  log: Logger;
}

const ownOf = (trx: Transaction, user_id: string, id: string): Promise<Notification | undefined> =>
  Notification.query(trx).findById(id).where({ user_id }).execute();

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
 * notification is not this person's, "own grant" for somebody whose role is owed to themself. Whoever reads many in an hour is let through, and that goes on record too.
 * @throws Problem 422 without a reason of those that the territory asks for
 */
export function createRevealing({ knex, limits, metrics, log }: RevealDeps) {
  return async (
    { userId }: Pick<SignedInPerson, "userId">,
    id: string,
    reason: string | undefined,
  ): Promise<Send | "own grant" | null> => {
    const actor: Actor = `user:${userId}`;
    const found = await actAs(knex, actor, async (trx) => {
      const notification = await ownOf(trx, userId, id);
      const send = await (notification && Send.query(trx).findById(notification.send_id));
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
    if (await isFirstTooMany(userId)) {
      metrics.revealsAreMany();
      log.warn({ userId, territoryId: found.territory_id }, "somebody reads many originals");
      await actAs(knex, actor, (trx) =>
        record(trx, actor, {
          action: "notification.reveal_often",
          outcome: "ok",
          territoryId: found.territory_id,
          objectId: userId,
        }),
      );
    }
    return found.send;
  };

  /** Once an hour and person. */
  async function isFirstTooMany(userId: string): Promise<boolean> {
    try {
      await limits.reveals.take(userId);
      return false;
    } catch (error) {
      if (!(error instanceof Throttled)) throw error;
      return error.first;
    }
  }
}

function checkReason(reasons: readonly string[] | undefined, given: string | undefined): void {
  if (reasons === undefined) {
    if (given !== undefined)
      throw invalid([{ path: "/reason", message: "is not asked for: the territory has no list of reasons" }]);
  } else if (given === undefined || !reasons.includes(given))
    throw invalid([{ path: "/reason", message: `must be one of: ${reasons.join("; ")}` }]);
}
