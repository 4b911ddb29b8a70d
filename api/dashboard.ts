import { existsSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context, Middleware } from "koa";
import { Problem } from "./http/errors.ts";

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

const BUILD = new URL("../dashboard/build/handler.js", import.meta.url);

const SERVICE_WORKER = "/service-worker.js";
/** What the service worker may do: run its own code, and ask this site. Pages say theirs themselves, and other files may do nothing. */
const ITS_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'";

const READS = ["GET", "HEAD"];
const ALLOWED = READS.join(", ");

/** Serves the built dashboard for everything that is not the API's. */
export async function dashboard(): Promise<Middleware> {
  const handler = await load();
  return (ctx: Context) => {
    if (ctx.path.startsWith("/api/")) return;
    // No page takes anything in, and the handler would hold the body of whoever sends one.
    if (!READS.includes(ctx.method))
      throw new Problem("method", `Allowed: ${ALLOWED}`, { headers: { Allow: ALLOWED } });
    if (handler === null) {
      throw new Problem("not-built", "The dashboard is not built: run npm run build -w dashboard.");
    }
    // Its files hold nothing of anybody's, and say themselves how long they are good for.
    ctx.remove("Cache-Control");
    if (ctx.path === SERVICE_WORKER) ctx.set("Content-Security-Policy", ITS_POLICY);
    ctx.respond = false;
    ctx.res.statusCode = 200;
    handler(ctx.req, ctx.res, () => ctx.res.writeHead(404).end());
  };
}

async function load(): Promise<Handler | null> {
  if (!existsSync(BUILD)) return null;
  const built: { handler: Handler } = await import(BUILD.href);
  return built.handler;
}
