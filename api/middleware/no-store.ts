import type { Context, Next } from "koa";

/** Keeps every answer, refusals too, out of caches: most of them are for one person's eyes (RFC 9111, 5.2.2.5). */
export function noStore() {
  return async (ctx: Context, next: Next): Promise<void> => {
    ctx.set("Cache-Control", "no-store");
    await next();
  };
}
