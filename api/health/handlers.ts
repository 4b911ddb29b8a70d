import { notFound } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { isLocal } from "../middleware/client.ts";
import type { Site } from "../middleware/person.ts";
import { checkParts } from "./checks.ts";
import { createReadiness, type ReadinessDeps } from "./readiness.ts";
import type { health } from "./routes.ts";

export interface HealthHandlerDeps extends ReadinessDeps {
  site: Pick<Site, "origin">;
}

/** Answers the calls about the node itself. */
export function healthHandlers(deps: HealthHandlerDeps): Handlers<typeof health> {
  const ready = createReadiness(deps);
  return {
    live: () => Promise.resolve({ status: 200, body: { status: "ok" } }),

    ready: () => ready(),

    // What a node counts tells much about a hospital: elsewhere it is read on a port of its own (`port.ts`). A site with a public
    // address has a proxy, which may be on this machine and say nothing of whom it asks for.
    metrics: async ({ ctx }) => {
      if (deps.site.origin !== null || !isLocal(ctx.req)) throw notFound();
      return { status: 200, text: await deps.metrics.registry.metrics() };
    },

    diagnose: async () => ({ status: 200, body: await checkParts(deps) }),
  };
}
