import { randomInt } from "node:crypto";
import type { Knex } from "knex";
import { hashOfSecret, type Tokens } from "../crypto/tokens.ts";
import { record } from "../audit/record.ts";
import { actAs, type Actor, currentActor, type Transaction } from "../db/knex.ts";
import { Membership, Territory, User } from "../models/User.ts";
import { Wall, type WallEnd } from "../models/Wall.ts";

/** How long the code of a screen is good; ms. */
const CODE_LASTS = 15 * 60_000;
/** How long a screen shows its board before an admin has to grant it anew, and how long it may be switched off; ms. */
const LASTS = 90 * 86_400_000;
const UNUSED = 7 * 86_400_000;
/** How long one token is good before the screen is given the next one; ms. */
const TOKEN_LASTS = 3_600_000;
/** Until a screen that has not shown the next one is given another, and until the one before is taken no more: longer than an answer is under
 * way; ms. */
const UNDER_WAY = 60_000;
/** Older tokens that are remembered, to know a copy by; and those that a screen was given and has not shown: one that keeps no cookie is given many. */
const MOST_DEAD = 50;
const MOST_NEXT = 50;
/** That a screen looked is written down once in this time; ms. */
const SEEN_EVERY = 60_000;

/** Letters and digits that nobody mistakes for another (Crockford's base 32). */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS = 3;
const GROUP = 4;

/** A code of 60 random bits, as somebody types it on a screen: K7QF-2M9D-X4TB. */
const makeCode = (): string =>
  Array.from({ length: GROUPS }, () =>
    Array.from({ length: GROUP }, () => LETTERS[randomInt(LETTERS.length)]).join(""),
  ).join("-");

/** A code as it was made, however it was typed: small letters, spaces for hyphens, O for 0, I and L for 1. */
const plainCode = (typed: string): string =>
  typed.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");

/** A screen that is good now. */
export interface WallScreen {
  wallId: string;
  territoryId: string;
  territoryName: string;
  name: string;
  actor: Actor;
  /** When an admin has to grant it anew. */
  expiresAt: Date;
  /** The token that it has to show from now on; null where that stays. */
  token: string | null;
}

/** Grants a screen. The code is known to the caller alone. */
export async function grantWall(
  trx: Transaction,
  wall: { id: string; territoryId: string; name: string; by: string },
): Promise<{ wall: Wall; code: string }> {
  const code = makeCode();
  const granted = await Wall.query(trx).insertAndFetch({
    id: wall.id,
    territory_id: wall.territoryId,
    name: wall.name,
    granted_by: wall.by,
    code_hash: hashOfSecret(plainCode(code)),
    code_expires_at: new Date(Date.now() + CODE_LASTS),
  });
  return { wall: granted, code };
}

/** Opens a screen by its code, once, on record; null where no screen waits for it. */
export async function openWall(
  knex: Knex,
  code: string,
  tokens: Pick<Tokens, "make">,
): Promise<WallScreen | null> {
  return await actAs(knex, "sign-in", async (trx) => {
    const now = new Date();
    const token = tokens.make();
    const [opened] = await Wall.query(trx)
      .where({ code_hash: hashOfSecret(plainCode(code)) })
      .whereNull("ended_at")
      .where("code_expires_at", ">", now)
      .patch({
        code_hash: null,
        opened_at: now,
        expires_at: new Date(now.getTime() + LASTS),
        last_seen_at: now,
        token_hash: hashOfSecret(token),
        token_since: now,
      })
      .returning("*");
    if (opened === undefined) return null;
    const screen = await judged(trx, opened);
    if (screen !== null)
      await record(trx, "sign-in", {
        action: "wall.open",
        outcome: "ok",
        territoryId: opened.territory_id,
        objectId: opened.id,
      });
    return screen === null ? null : { ...screen, token };
  });
}

/**
 * The screen that shows this token; null where it is none, or is over. Once an hour the answer has the token that takes its place. A token that
 * another took the place of a while ago is in two hands: its screen is ended.
 */
export async function findWall(
  knex: Knex,
  token: string,
  tokens: Pick<Tokens, "make">,
): Promise<WallScreen | null> {
  const shown = hashOfSecret(token);
  return await actAs(knex, "sign-in", async (trx) => {
    const wall = await Wall.query(trx)
      .where({ token_hash: shown })
      .orWhere({ before_hash: shown })
      .orWhereRaw("? = ANY (next_hashes || dead_hashes)", [shown])
      .first()
      .forUpdate();
    if (wall === undefined || wall.ended_at !== null) return null;
    const screen = await judged(trx, wall);
    if (screen === null) return null;
    const now = new Date();
    const since = (at: Date | null): number => now.getTime() - (at?.getTime() ?? 0);
    const write = (row: Partial<Wall>): PromiseLike<number> => Wall.query(trx).findById(wall.id).patch(row);
    if (wall.next_hashes.some((hash) => hash.equals(shown))) {
      await write({ ...promoted(wall, shown), token_since: now, last_seen_at: now });
      return screen;
    }
    if (wall.token_hash?.equals(shown) !== true) {
      if (wall.before_hash?.equals(shown) === true && since(wall.token_since) <= UNDER_WAY) return screen;
      await end(trx, wall, "token_reused");
      return null;
    }
    if (since(wall.token_since) > TOKEN_LASTS && since(wall.next_since) > UNDER_WAY) {
      const next = tokens.make();
      await write({
        next_hashes: [...wall.next_hashes, hashOfSecret(next)].slice(-MOST_NEXT),
        next_since: now,
        last_seen_at: now,
      });
      return { ...screen, token: next };
    }
    if (since(wall.last_seen_at) > SEEN_EVERY) await write({ last_seen_at: now });
    return screen;
  });
}

/** What of a screen's tokens is which, once it has shown one that it was given. */
function promoted(
  { token_hash, before_hash, next_hashes, dead_hashes }: Wall,
  shown: Buffer,
): Pick<Wall, "token_hash" | "before_hash" | "next_hashes" | "dead_hashes"> {
  const lost = next_hashes.filter((hash) => !hash.equals(shown));
  const older = before_hash === null ? [] : [before_hash];
  return {
    token_hash: shown,
    before_hash: token_hash,
    next_hashes: [],
    dead_hashes: [...dead_hashes, ...older, ...lost].slice(-MOST_DEAD),
  };
}

/** An opened screen as long as it may go on; else ends it, on record, and answers null. */
async function judged(trx: Transaction, wall: Wall): Promise<WallScreen | null> {
  const territory = await Territory.query(trx).findById(wall.territory_id).select("name", "archived_at");
  const granter = await User.query(trx).findById(wall.granted_by).select("disabled_at");
  const role = await Membership.query(trx)
    .findOne({ user_id: wall.granted_by, role: "admin" })
    .whereNull("territory_id")
    .select("user_id");
  const now = Date.now();
  const why = ((): WallEnd | null => {
    if (granter?.disabled_at !== null) return "granter_disabled";
    if (role === undefined) return "granter_no_admin";
    if (territory?.archived_at !== null) return "territory_archived";
    if (wall.expires_at === null || wall.expires_at.getTime() <= now) return "expired";
    if (now - (wall.last_seen_at?.getTime() ?? 0) > UNUSED) return "unused";
    return null;
  })();
  if (why !== null) {
    await end(trx, wall, why);
    return null;
  }
  return {
    wallId: wall.id,
    territoryId: wall.territory_id,
    territoryName: territory?.name ?? wall.territory_id,
    name: wall.name,
    actor: `wall:${wall.id}`,
    expiresAt: wall.expires_at ?? new Date(now),
    token: null,
  };
}

/** Ends a screen that may not go on, on record. */
async function end(trx: Transaction, { id, territory_id }: Wall, why: WallEnd): Promise<void> {
  const ended = await Wall.query(trx)
    .findById(id)
    .whereNull("ended_at")
    .patch({ ended_at: new Date(), ended_why: why });
  if (ended > 0)
    await record(trx, "sign-in", {
      action: "wall.end",
      outcome: why === "token_reused" ? "denied" : "ok",
      territoryId: territory_id,
      objectId: id,
      payload: { why },
    });
}

/** Ends the screens that somebody granted who may grant none any more; on record, in the name of who acts. */
export async function endWallsOf(
  trx: Transaction,
  granter: string,
  why: "granter_disabled" | "granter_no_admin",
): Promise<void> {
  const walls = await Wall.query(trx)
    .where({ granted_by: granter })
    .whereNull("ended_at")
    .patch({ ended_at: new Date(), ended_why: why })
    .returning(["id", "territory_id"]);
  if (walls.length === 0) return;
  await record(
    trx,
    await currentActor(trx),
    ...walls.map(({ id, territory_id }) => ({
      action: "wall.end" as const,
      outcome: "ok" as const,
      territoryId: territory_id,
      objectId: id,
      payload: { why },
    })),
  );
}
