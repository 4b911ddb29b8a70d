import type { Context } from "koa";

/** Aborted once nobody reads a call's answer any more: it has gone out whole, or its client has hung up. At once where that is so by now. */
export function untilClosed(ctx: Context): AbortSignal {
  const gone = new AbortController();
  if (ctx.res.destroyed || ctx.req.socket.destroyed) gone.abort();
  else ctx.res.once("close", () => gone.abort());
  return gone.signal;
}
