import Koa, { type Context } from "koa";
import type { Config } from "../../config/env.ts";
import type { Logger } from "../../config/log.ts";
import type { OnStop } from "../../node/stop.ts";
import { notFound, problems } from "../http/errors.ts";
import { createHttpServer, listen } from "../http/server.ts";
import { createReadiness, type ReadinessDeps } from "./readiness.ts";

/**
 * Serves `/healthz`, `/readyz` and `/metrics` on a port of their own where TOCSIN_METRICS_PORT names one, on nodes that serve no
 * other HTTP too. Whoever reaches the port may read them: it belongs inside.
 * @throws ListenError
 */
export async function serveHealth(
  { metricsPort, host }: Pick<Config, "metricsPort" | "host">,
  deps: ReadinessDeps & { log: Logger },
  onStop: OnStop,
): Promise<void> {
  if (metricsPort === null) return;
  const app = new Koa();
  app.silent = true;
  app.use(problems(deps.log));
  const ready = createReadiness(deps);
  app.use((ctx) => answer(ctx, deps, ready));
  const server = createHttpServer(app);
  const port = await listen(server, metricsPort, host, "TOCSIN_METRICS_PORT");
  deps.log.info({ port }, "health and metrics are served");
  onStop(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
}

async function answer(
  ctx: Context,
  deps: ReadinessDeps,
  ready: ReturnType<typeof createReadiness>,
): Promise<void> {
  if (ctx.method !== "GET" && ctx.method !== "HEAD") throw notFound();
  ctx.set("Cache-Control", "no-store");
  switch (ctx.path) {
    case "/healthz":
      ctx.body = { status: "ok" };
      return;
    case "/readyz": {
      const { status, body } = await ready();
      ctx.status = status;
      ctx.body = body;
      return;
    }
    case "/metrics":
      ctx.type = "text/plain; version=0.0.4; charset=utf-8";
      ctx.body = await deps.metrics.registry.metrics();
      return;
    default:
      throw notFound();
  }
}
