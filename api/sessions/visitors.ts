import type { Context } from "koa";
import type { InstallationKey } from "../../store/crypto/secrets.ts";
import { createTokens } from "../../store/crypto/tokens.ts";
import { networkOf } from "../middleware/client.ts";
import { isWithin, type RateLimit } from "../middleware/limits.ts";
import type { Site } from "../middleware/person.ts";
import { cookieOptions } from "./cookie.ts";

/**
 * The cookie by which browsers in which nobody signed in before are told from each other, so that one's failures hold up no other at its
 * address. It says nothing of who uses the browser, and ends with its session.
 */
export interface Visitors {
  /** Null without a cookie that this installation made. */
  read(ctx: Context): string | null;
  /** Gives a browser a cookie, where it has none; so many a minute at one address. */
  greet(ctx: Context): Promise<void>;
}

/** @param greetings bounds the cookies of an address */
export function createVisitors(
  secrets: Pick<InstallationKey, "mac">,
  site: Site,
  greetings: RateLimit,
): Visitors {
  const name = `${site.cookie}-visitor`;
  const { make, mayBe } = createTokens(secrets, "visitor cookie");
  const read = (ctx: Context): string | null => {
    const token = ctx.cookies.get(name);
    return token !== undefined && mayBe(token) ? token : null;
  };
  return {
    read,
    greet: async (ctx) => {
      if (read(ctx) !== null || !(await isWithin(greetings, networkOf(ctx)))) return;
      ctx.cookies.set(name, make(), cookieOptions(site));
    },
  };
}
