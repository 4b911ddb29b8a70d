import type { Context } from "koa";
import type { Site } from "../middleware/person.ts";

/** How every cookie of signing in is kept. */
export const cookieOptions = ({ secure }: Site) =>
  ({ httpOnly: true, sameSite: "lax", secure, path: "/", overwrite: true }) as const;

/** Gives the browser the session's cookie. */
export function setSession(
  ctx: Context,
  site: Site,
  { token, expiresAt }: { token: string; expiresAt: Date },
): void {
  ctx.cookies.set(site.cookie, token, { ...cookieOptions(site), expires: expiresAt });
}

/** Takes the session's cookie away from the browser. */
export function clearSession(ctx: Context, site: Site): void {
  ctx.cookies.set(site.cookie, null, cookieOptions(site));
}
