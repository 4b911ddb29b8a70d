import type { Knex } from "knex";
import { must } from "../../config/must.ts";
import type { Logger } from "../../config/log.ts";
import type { Metrics } from "../../node/metrics.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { Notification } from "../../store/models/Notification.ts";
import { User } from "../../store/models/User.ts";
import { Send } from "../../store/models/Send.ts";
import { readSettings } from "../../store/settings.ts";
import { owesRoleToSelf } from "../../store/people/people.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { invalid } from "../http/errors.ts";
import { isUuid } from "../../config/ids.ts";
import type { OwnSends } from "./own-sends.ts";
import { type RateLimits, Throttled } from "../middleware/limits.ts";

const HOUR = 3_600_000;

export interface RevealDeps {
  knex: Knex;
  limits: Pick<RateLimits, "reveals">;
  ownSends: OwnSends;
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
 * notification is not this person's, "own grant" for somebody whose role is owed to themself. Whoever reads many in an hour is let through; that
 * goes on record too, and the territory's supervisors are told.
 * @throws Problem 422 without a reason of those that the territory asks for
 */
export function createRevealing({ knex, limits, ownSends, metrics, log }: RevealDeps) {
  return async (
    { userId }: Pick<SignedInPerson, "userId">,
    id: string,
    reason: string | undefined,
  ): Promise<Send | "own grant" | null> => {
    const actor: Actor = `user:${userId}`;
    const found = await actAs(knex, actor, async (trx) => {
      const notification = await ownOf(trx, userId, id);
      const send = await (notification && Send.query(trx).findById(notification.textId));
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
    if (await isFirstTooMany(userId)) await noteMany(userId, found.territory_id);
    return found.send;
  };

  async function noteMany(userId: string, territoryId: string): Promise<void> {
    const actor: Actor = `user:${userId}`;
    metrics.revealsAreMany();
    log.warn({ userId, territoryId }, "somebody reads many originals");
    const about = await actAs(knex, actor, async (trx) => {
      await record(trx, actor, {
        action: "notification.reveal_often",
        outcome: "ok",
        territoryId,
        objectId: userId,
      });
      return must(await User.query(trx).findById(userId).select("id", "name"), "person");
    });
    const told = ownSends.tell({
      territoryId,
      roles: ["supervisor"],
      title: "Many originals read",
      message: `${about.name} (${about.id}) has read unusually many originals within an hour.`,
      about,
      priority: "high",
      matter: `reveal_often ${userId} ${Math.floor(Date.now() / HOUR)}`,
    });
    await told.catch((err: unknown) => log.error({ err, userId }, "the supervisors were not told"));
  }

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
