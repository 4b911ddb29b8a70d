import type { Knex } from "knex";
import type { Logger } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import type { Metrics } from "../../node/metrics.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { User } from "../../store/models/User.ts";
import { isWithin, type RateLimits } from "../middleware/limits.ts";
import type { Oversight } from "../oversight/oversight.ts";

const HOUR = 3_600_000;

export interface RevealRateDeps {
  knex: Knex;
  limits: Pick<RateLimits, "reveals" | "revealNotes">;
  oversight: Pick<Oversight, "tell">;
  metrics: Pick<Metrics, "revealsAreMany">;
  log: Pick<Logger, "warn" | "error">;
}

/**
 * Counts an original that somebody reads, in their own inbox or in an emergency, over all territories. Whoever reads many in an hour is let through;
 * each territory of which they read any beyond the rate has that on record, and its supervisors are told, or the overseers where nobody else there
 * is (`Oversight`): once an hour each, whichever territory was told before.
 */
export function createRevealRate({ knex, limits, oversight, metrics, log }: RevealRateDeps) {
  return async (userId: string, territoryId: string): Promise<void> => {
    if (await isWithin(limits.reveals, userId)) return;
    // An id holds no line break.
    if (await isWithin(limits.revealNotes, `${userId}\n${territoryId}`)) await noteMany(userId, territoryId);
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
    const told = oversight.tell({
      territoryId,
      title: "Many originals read",
      message: `${about.name} (${about.id}) has read unusually many originals within an hour.`,
      about,
      matter: `reveal_often ${userId} ${territoryId} ${Math.floor(Date.now() / HOUR)}`,
      overseen: "reveals",
    });
    await told.catch((err: unknown) => log.error({ err, userId }, "nobody was told"));
  }
}
