import type { z } from "zod";
import type { Metrics } from "../../node/metrics.ts";
import { checkParts, type HealthDeps } from "./checks.ts";
import type { Readiness } from "./schema.ts";

export interface ReadinessDeps extends HealthDeps {
  metrics: Metrics;
  isDraining: () => boolean;
}

/** Whether the node can serve. Without Temporal or Redis it still takes sends and serves inboxes; without PostgreSQL it can do nothing. */
export async function checkReadiness(
  deps: ReadinessDeps,
): Promise<{ status: 200 | 503; body: z.infer<typeof Readiness> }> {
  const found = await checkParts(deps);
  const parts = Object.fromEntries(Object.entries(found).map(([name, { state }]) => [name, state]));
  if (deps.isDraining()) return { status: 503, body: { status: "draining", parts } };
  if (parts["postgres"] !== "up") return { status: 503, body: { status: "unavailable", parts } };
  return { status: 200, body: { status: "ok", parts } };
}
