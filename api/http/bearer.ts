import type { Context } from "koa";

/** What a call shows as `Authorization: Bearer …`; empty where it shows nothing so. */
export const bearerOf = (ctx: Context): string =>
  /^Bearer +(\S+)$/i.exec(ctx.get("Authorization"))?.[1] ?? "";
