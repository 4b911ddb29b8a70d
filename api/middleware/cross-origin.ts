import type { Context, Next } from "koa";
import { isAmong, type Known } from "../../store/people/key-ids.ts";
import type { Route } from "../http/route.ts";
import type { Site } from "./person.ts";

/** How long a browser need not ask again; seconds. */
const MAX_AGE = 600;

/**
 * Lets pages of other systems make the calls for which a subject token is good (CORS): those of origins for which an admin has allowed tokens, and no
 * call with a cookie. Whether the token is for that origin is looked at once it is shown.
 */
export function crossOrigin(
  routes: readonly Route[],
  { site, embedders }: { site: Pick<Site, "isOwnOrigin">; embedders: Known },
) {
  const embedded = routes
    .filter((route) => route.embedded === true)
    .map(({ method, path }) => ({
      method,
      path: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
    }));
  return async (ctx: Context, next: Next): Promise<void> => {
    const origin = ctx.get("Origin");
    const asked = ctx.get("Access-Control-Request-Method");
    const isPreflight = ctx.method === "OPTIONS" && asked !== "";
    const method = isPreflight ? asked : ctx.method;
    const isMeant = embedded.some((route) => route.method === method && route.path.test(ctx.path));
    if (!isMeant) return await next();
    ctx.vary("Origin");
    if (origin === "" || site.isOwnOrigin(ctx.req) || !(await isAmong(embedders, origin)))
      return await next();
    ctx.set("Access-Control-Allow-Origin", origin);
    if (!isPreflight) {
      ctx.set("Access-Control-Expose-Headers", "Date, Retry-After");
      return await next();
    }
    ctx.set("Access-Control-Allow-Methods", method);
    ctx.set("Access-Control-Allow-Headers", "Authorization, Content-Type");
    ctx.set("Access-Control-Max-Age", String(MAX_AGE));
    ctx.status = 204;
  };
}
