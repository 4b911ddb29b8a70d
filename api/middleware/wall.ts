import type { Knex } from "knex";
import type { Context } from "koa";
import { findWall, type WallScreen } from "../../store/people/walls.ts";
import { unauthorized } from "../http/errors.ts";
import { cookieOptions } from "../sessions/cookie.ts";
import type { Site } from "./person.ts";

/**
 * The screen on a wall that calls, by its own cookie. It is given the next token with the answer, once an hour.
 * @throws Problem 401
 */
export async function requireWall(
  ctx: Context,
  { knex, site }: { knex: Knex; site: Site },
): Promise<WallScreen> {
  const { cookie, tokens } = site.wall;
  const token = ctx.cookies.get(cookie);
  const screen = token === undefined || !tokens.mayBe(token) ? null : await findWall(knex, token, tokens);
  if (screen === null)
    throw unauthorized("This screen shows nothing: it was never allowed, or it was ended.");
  if (screen.token !== null) setWall(ctx, site, screen.token, screen.expiresAt);
  return screen;
}

/** Gives a screen its cookie. No page of another site gets it sent along. */
export function setWall(ctx: Context, site: Site, token: string, expires: Date): void {
  ctx.cookies.set(site.wall.cookie, token, { ...cookieOptions(site), sameSite: "strict", expires });
}
