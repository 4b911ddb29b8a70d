import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { must } from "../../config/must.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { User } from "../../store/models/User.ts";
import { Wall as WallRow, type WallEnd } from "../../store/models/Wall.ts";
import { missingTerritories } from "../../store/people/people.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { grantWall } from "../../store/people/walls.ts";
import { conflict, invalid, notFound } from "../http/errors.ts";
import { asAdmin } from "../middleware/admin.ts";
import { onRecord } from "../middleware/on-record.ts";
import type { RateLimits } from "../middleware/limits.ts";
import type { Oversight } from "../oversight/oversight.ts";
import type { Wall } from "./schema.ts";

/** Screens that are over, which are listed beside all that are not. */
const MOST_OVER = 200;
/** Screens that a territory has at a time. */
const MOST = 50;

type Granter = Pick<User, "id" | "name" | "disabled_at">;

/** Admins' acts on screens. Each goes on record. */
export interface WallAdmin {
  list(admin: SignedInPerson): Promise<Wall[]>;
  /**
   * Grants one. The territory's supervisors are told before: an administrator, who reads no notification, could open it themself. One admin grants
   * few in an hour, so that none drowns what supervisors are told.
   * @throws Problem 409, 422; Throttled
   */
  grant(
    admin: SignedInPerson,
    given: { territory_id: string; name: string },
  ): Promise<{ wall: WallRow; code: string; granter: Granter }>;
  /** @throws Problem 404 for what is over already */
  end(admin: SignedInPerson, id: string): Promise<void>;
}

export interface WallAdminDeps {
  knex: Knex;
  oversight: Pick<Oversight, "tell">;
  limits: Pick<RateLimits, "wallGrants">;
}

export function createWallAdmin({ knex, oversight, limits }: WallAdminDeps): WallAdmin {
  /** The admin, where one more screen may be granted: nobody is told of what is refused. @throws Problem */
  async function ready({ userId }: SignedInPerson, territoryId: string): Promise<User> {
    const me = await actAs(knex, `user:${userId}`, async (trx) => {
      if ((await missingTerritories(trx, [territoryId])).size > 0)
        throw invalid([{ path: "/territory_id", message: "is not a territory, or is archived" }]);
      await refuseMore(trx, territoryId);
      return must(await User.query(trx).findById(userId), "admin");
    });
    await limits.wallGrants.take(userId);
    return me;
  }

  return {
    list: ({ userId }) =>
      actAs(knex, `user:${userId}`, async (trx) => {
        // However many come and go, none that shows something is hidden behind them.
        const rows = await standing(trx);
        const over = WallRow.query(trx).whereNotIn(
          "id",
          rows.map(({ id }) => id),
        );
        const walls = [...rows, ...(await over.orderBy("granted_at", "desc").limit(MOST_OVER))];
        const granters = await User.query(trx).whereIn(
          "id",
          walls.map(({ granted_by }) => granted_by),
        );
        const byId = new Map(granters.map((one) => [one.id, one]));
        return walls.map((wall) => presentWall(wall, must(byId.get(wall.granted_by), "granter")));
      }),

    grant: async (admin, { territory_id, name }) => {
      const me = await ready(admin, territory_id).catch((error: unknown) =>
        // A refusal goes on record as one of the act does.
        onRecord<User>(knex, admin, "wall.grant", () => Promise.reject(error)),
      );
      const id = uuidv7();
      const told = await oversight.tell({
        territoryId: territory_id,
        title: "A screen on a wall",
        message: `${me.name} (${me.id}) has allowed a screen to show the alerts here that wait, without patients' names, to whoever passes it. If nobody here asked for that, have an administrator end it under Territories.`,
        about: me,
        matter: `wall ${id}`,
        overseen: "wall",
      });
      return await asAdmin(knex, admin, "wall.grant", async (trx) => {
        await refuseMore(trx, territory_id);
        const granted = await grantWall(trx, { id, territoryId: territory_id, name, by: admin.userId });
        return {
          result: { ...granted, granter: me },
          event: { objectId: id, territoryId: territory_id, payload: { ...told } },
        };
      });
    },

    end: async (admin, id) => {
      await asAdmin(knex, admin, "wall.end", async (trx) => {
        const [ended] = await WallRow.query(trx)
          .where({ id })
          .whereNull("ended_at")
          .patch({ ended_at: new Date(), ended_by: admin.userId, ended_why: "ended", code_hash: null })
          .returning("*");
        if (ended === undefined) throw notFound();
        return {
          result: undefined,
          event: { objectId: id, territoryId: ended.territory_id, payload: { why: "ended" } },
        };
      });
    },
  };
}

/** The screens that show something, or wait for their code, the last granted first. */
const standing = (trx: Transaction) =>
  WallRow.query(trx)
    .whereNull("ended_at")
    .whereRaw("coalesce(expires_at, code_expires_at) > clock_timestamp()")
    .orderBy("granted_at", "desc");

/** @throws Problem 409 where the territory has all the screens that it may have */
async function refuseMore(trx: Transaction, territory_id: string): Promise<void> {
  if ((await standing(trx).where({ territory_id }).resultSize()) >= MOST)
    throw conflict(`There are ${MOST} screens of this territory already: end one first.`);
}

/** Whether a screen shows anything, and why not. What nobody has looked at since its time was over is not yet written down as ended. */
function stateOf(
  { ended_at, ended_why, opened_at, code_expires_at, expires_at }: WallRow,
  granter: Pick<Granter, "disabled_at">,
): { state: Wall["state"]; ended_why: WallEnd | null } {
  if (ended_at !== null) return { state: "over", ended_why };
  if (granter.disabled_at !== null) return { state: "over", ended_why: "granter_disabled" };
  const now = new Date();
  if (opened_at === null)
    return code_expires_at > now
      ? { state: "waiting", ended_why: null }
      : { state: "over", ended_why: "unused" };
  return expires_at !== null && expires_at > now
    ? { state: "live", ended_why: null }
    : { state: "over", ended_why: "expired" };
}

/** A screen as admins see it. */
export const presentWall = (wall: WallRow, granter: Granter): Wall => ({
  wall_id: wall.id,
  territory_id: wall.territory_id,
  name: wall.name,
  ...stateOf(wall, granter),
  granted_by: { user_id: granter.id, name: granter.name },
  granted_at: wall.granted_at.toISOString(),
  opened_at: wall.opened_at?.toISOString() ?? null,
  last_seen_at: wall.last_seen_at?.toISOString() ?? null,
  expires_at: wall.expires_at?.toISOString() ?? null,
  ended_at: wall.ended_at?.toISOString() ?? null,
});
