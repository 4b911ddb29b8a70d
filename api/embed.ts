import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { Context, Middleware, Next } from "koa";
import { encodingFor } from "./http/compress.ts";
import { etagOf, isKnown } from "./http/etag.ts";

export const EMBED_PATH = "/embed/tocsin-inbox.js";
const BUILD = new URL("../dashboard/build/embed/tocsin-inbox.js", import.meta.url);

/**
 * Serves `<tocsin-inbox>` to the pages of other systems: one module, the same for everybody, which any page may load (a module's script needs CORS).
 * A page asks each time whether it is still the one it has, so that it speaks to this version.
 * @param file where it was built; where it was not, the dashboard answers, which says so
 */
export function embed(file: URL = BUILD): Middleware {
  const whole = existsSync(file) ? readFileSync(file) : null;
  if (whole === null) return async (_: Context, next: Next) => await next();
  /** Made for whoever asks first: as small as it gets takes a quarter of a second, which no start has to wait for. */
  const compressed: { br?: Promise<Buffer>; gzip?: Promise<Buffer> } = {};
  const bodyIn = (encoding: "br" | "gzip"): Promise<Buffer> =>
    (compressed[encoding] ??= (encoding === "br" ? promisify(brotliCompress) : promisify(gzip))(whole));
  const etag = etagOf(String(whole));
  return async (ctx: Context, next: Next): Promise<void> => {
    if (ctx.path !== EMBED_PATH || !["GET", "HEAD"].includes(ctx.method)) return await next();
    ctx.vary("Accept-Encoding");
    ctx.set({
      "Cache-Control": "no-cache",
      ETag: etag,
      "Access-Control-Allow-Origin": "*",
      "Cross-Origin-Resource-Policy": "cross-origin",
    });
    if (isKnown(etag, ctx.get("If-None-Match"))) {
      ctx.status = 304;
      return;
    }
    const encoding = encodingFor(ctx);
    ctx.body = encoding === undefined ? whole : await bodyIn(encoding);
    if (encoding !== undefined) ctx.set("Content-Encoding", encoding);
    ctx.type = "text/javascript; charset=utf-8";
  };
}
