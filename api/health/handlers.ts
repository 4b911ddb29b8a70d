import type { Metrics } from "../../node/metrics.ts";
import type { Handlers } from "../http/route.ts";
import { checkParts, type HealthDeps } from "./checks.ts";
import type { health } from "./routes.ts";

/** Answers the calls about the node itself. */
export function healthHandlers(
  deps: HealthDeps & { metrics: Metrics; isDraining: () => boolean },
): Handlers<typeof health> {
  return {
    live: () => Promise.resolve({ status: 200, body: { status: "ok" } }),

    // Without Temporal or Redis a node still takes sends and serves inboxes; without PostgreSQL it can do neither.
    ready: async () => {
      const parts = await checkParts(deps);
      const states = Object.fromEntries(Object.entries(parts).map(([name, { state }]) => [name, state]));
      if (deps.isDraining()) return { status: 503, body: { status: "draining", parts: states } };
      if (parts["postgres"]?.state !== "up")
        return { status: 503, body: { status: "unavailable", parts: states } };
      return { status: 200, body: { status: "ok", parts: states } };
    },

    metrics: async () => ({ status: 200, text: await deps.metrics.registry.metrics() }),

    diagnose: async () => ({ status: 200, body: await checkParts(deps) }),
  };
}
