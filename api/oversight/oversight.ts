import type { Knex } from "knex";
import type { Logger } from "../../config/log.ts";
import { actAs } from "../../store/db/knex.ts";
import { Membership, Territory, User } from "../../store/models/User.ts";
import type { OwnMessage, OwnSends } from "../notifications/own-sends.ts";
import type { Addressee } from "../users/account-notices.ts";
import { type Notices, OVERSEEN, type Overseen } from "../users/notices.ts";
import { tiesWith } from "./ties.ts";

/** What somebody did of which others are to know. */
export interface Doing extends Pick<OwnMessage, "territoryId" | "people" | "title" | "message" | "matter"> {
  /** Who did it. */
  about: { id: string; name: string };
  /** What the overseers are told where they have to be. */
  overseen: Overseen;
}

/** How many people were told. */
export interface ToldOf {
  /** Of the territory, with no tie to who did it: these alone count as somebody who looks at it. */
  told: number;
  /** Of the territory, with a tie. */
  tied: number;
  /** Of the installation's admins and auditors, by a notification; by email, where that is on, all of them are. */
  overseers: number;
}

export interface Oversight {
  /**
   * Tells a territory's supervisors, and others who are named, of what somebody did. Where none of those told is without a tie to that person, the
   * installation's admins and auditors are told too: one admin alone may have made everybody whom the territory has. Durable once this returns.
   */
  tell(doing: Doing): Promise<ToldOf>;
  /**
   * Tells the installation's admins and auditors, without those in `but`: by email, where that channel is on, and by a notification whoever of
   * them has a role in a territory, since nobody has an inbox without one.
   * @returns how many are told by a notification
   */
  tellOverseers(what: ForOverseers): Promise<number>;
}

interface ForOverseers extends Pick<OwnMessage, "territoryId" | "matter"> {
  overseen: Overseen;
  but: readonly string[];
}

export interface OversightDeps {
  knex: Knex;
  ownSends: OwnSends;
  notices: Pick<Notices, "oversee">;
  log: Pick<Logger, "warn">;
}

export function createOversight({ knex, ownSends, notices, log }: OversightDeps): Oversight {
  async function tellOverseers({ territoryId, matter, overseen, but }: ForOverseers): Promise<number> {
    const overseers = await findOverseers(knex, territoryId, but);
    const placed = overseers.flatMap(({ id, place }) => (place === null ? [] : [{ id, place }]));
    for (const { id, place } of placed)
      await ownSends.tell({
        territoryId: place,
        roles: [],
        people: [id],
        title: OVERSEEN[overseen].title,
        message: OVERSEEN[overseen].text(territoryId),
        about: null,
        priority: "high",
        matter: `${matter} overseers`,
      });
    for (const overseer of overseers) notices.oversee(overseer, overseen, territoryId);
    if (placed.length === 0)
      log.warn(
        { territoryId, overseen },
        "no admin or auditor has an inbox: they are told by email alone, where it is on",
      );
    return placed.length;
  }

  return {
    tellOverseers,

    tell: async ({ overseen, ...what }) => {
      const { territoryId, about, matter } = what;
      const there = await ownSends.tell({ ...what, roles: ["supervisor"], priority: "high" });
      const tieOf = await actAs(knex, "sign-in", (trx) => tiesWith(trx, about.id, there));
      const told = there.filter((id) => tieOf(id) === "none").length;
      const tied = there.length - told;
      if (told > 0) return { told, tied, overseers: 0 };
      const overseers = await tellOverseers({ territoryId, matter, overseen, but: [about.id] });
      return { told, tied, overseers };
    },
  };
}

interface Overseer extends Addressee {
  /** A territory in which they have a role, that of the matter before any other; null without one. */
  place: string | null;
}

async function findOverseers(knex: Knex, territoryId: string, but: readonly string[]): Promise<Overseer[]> {
  return await actAs(knex, "sign-in", async (trx) => {
    const overseers = await User.query(trx)
      .select("id", "email")
      .whereNotIn("id", [...but])
      .whereIn(
        "id",
        Membership.query(trx)
          .where({ active: true })
          .whereNull("territory_id")
          .whereIn("role", ["admin", "auditor"])
          .select("user_id"),
      )
      .orderBy("id");
    const places = await Membership.query(trx)
      .where({ active: true })
      .whereIn(
        "user_id",
        overseers.map(({ id }) => id),
      )
      .whereIn("territory_id", Territory.query(trx).whereNull("archived_at").select("id"))
      .orderByRaw("territory_id <> ?, territory_id", [territoryId])
      .select("user_id", "territory_id");
    return overseers.map(({ id, email }) => ({
      id,
      email,
      place: places.find(({ user_id }) => user_id === id)?.territory_id ?? null,
    }));
  });
}
