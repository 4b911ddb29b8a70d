/** The one place where a plugin's reading of a provider's callback becomes the report that is recorded. */
import { z } from "zod";
import { within } from "../config/within.ts";
import type { ChannelInstance, StatusCallback } from "./plugin.ts";
import { PROVIDER_ID, slug } from "./outcome.ts";

/** A provider's report on a delivery. It holds none of the provider's text. */
export interface Report {
  providerId: string;
  /** The delivery, where the provider names it. */
  deliveryId: string | null;
  status: "accepted" | "delivered" | "failed" | "unknown";
  /** Why, when it failed or is unknown. */
  reason: string | null;
}

export type Reading =
  | { kind: "reports"; reports: Report[] }
  | { kind: "unauthentic" }
  | { kind: "malformed" }
  | { kind: "broken" };

/** A provider may put many reports into one callback. */
const MOST = 1_000;

const Result = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("unauthentic") }),
  z.object({ kind: z.literal("malformed") }),
  z.object({
    kind: z.literal("updates"),
    updates: z
      .array(
        z.object({
          providerId: z.string().regex(PROVIDER_ID),
          deliveryId: z.uuid().optional(),
          outcome: z.enum(["accepted", "delivered", "failed", "unknown"]),
          code: z.unknown().optional(),
        }),
      )
      .max(MOST),
  }),
]);

/** How long a plugin may take to read a callback, which needs no network; ms. */
const TIMEOUT = 5_000;

/**
 * Has the plugin read a callback. `broken`: the plugin threw, took too long, or returned something that it must not.
 * Never rejects.
 */
export async function readReports(
  status: NonNullable<ChannelInstance["status"]>,
  callback: StatusCallback,
): Promise<Reading> {
  const work = async (): Promise<Reading> => toReading(await status(callback));
  const broken = (): Reading => ({ kind: "broken" });
  return await within(work().catch(broken), TIMEOUT, broken);
}

function toReading(returned: unknown): Reading {
  const { success, data } = Result.safeParse(returned);
  if (!success) return { kind: "broken" };
  if (data.kind !== "updates") return data;
  const reports = data.updates.map(({ providerId, deliveryId = null, outcome, code }): Report => {
    const told = outcome === "failed" || outcome === "unknown";
    return {
      providerId,
      deliveryId,
      status: outcome,
      reason: told ? slug(code ?? `reported_${outcome}`) : null,
    };
  });
  return { kind: "reports", reports };
}
