import type { z } from "zod";
import type { Metrics } from "../../node/metrics.ts";
import { checkParts, type HealthDeps, type PartState } from "./checks.ts";
import type { Readiness } from "./schema.ts";

export interface ReadinessDeps extends HealthDeps {
  metrics: Metrics;
  isDraining: () => boolean;
}

/** How long a look at the parts is good; ms. Whoever asks costs nothing meanwhile. */
const FRESH = 1_000;

/** Whether the node can serve. Without Temporal or Redis it still takes sends and serves inboxes; without PostgreSQL it can do nothing. */
export function createReadiness(deps: ReadinessDeps) {
  let look: { parts: Promise<Record<string, PartState["state"]>>; until: number } | null = null;

  /** Those who ask at a time share one look; it is good for a second from its end. */
  function partsOf(): Promise<Record<string, PartState["state"]>> {
    if (look !== null && performance.now() < look.until) return look.parts;
    const begun = { parts: statesOf(deps), until: Infinity };
    look = begun;
    void begun.parts.then(
      () => (begun.until = performance.now() + FRESH),
      () => (begun.until = 0),
    );
    return begun.parts;
  }

  return async (): Promise<{ status: 200 | 503; body: z.infer<typeof Readiness> }> => {
    const parts = await partsOf();
    if (deps.isDraining()) return { status: 503, body: { status: "draining", parts } };
    if (parts["postgres"] !== "up") return { status: 503, body: { status: "unavailable", parts } };
    return { status: 200, body: { status: "ok", parts } };
  };
}

async function statesOf(deps: HealthDeps): Promise<Record<string, PartState["state"]>> {
  const found = await checkParts(deps);
  return Object.fromEntries(Object.entries(found).map(([name, { state }]) => [name, state]));
}
