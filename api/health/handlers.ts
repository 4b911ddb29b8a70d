import { notFound } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { isLocal } from "../middleware/client.ts";
import { checkParts } from "./checks.ts";
import { checkReadiness, type ReadinessDeps } from "./readiness.ts";
import type { health } from "./routes.ts";

/** Answers the calls about the node itself. */
export function healthHandlers(deps: ReadinessDeps): Handlers<typeof health> {
  return {
    live: () => Promise.resolve({ status: 200, body: { status: "ok" } }),

    ready: () => checkReadiness(deps),

    // What a node counts tells much about a hospital: elsewhere it is read on a port of its own (`port.ts`).
    metrics: async ({ ctx }) => {
      if (!isLocal(ctx.req)) throw notFound();
      return { status: 200, text: await deps.metrics.registry.metrics() };
    },

    diagnose: async () => ({ status: 200, body: await checkParts(deps) }),
  };
}
