/** The one place where a plugin's answer becomes the result that is recorded. */
import { within } from "../config/within.ts";
import { SKIP_REASONS, type DeliveryStatus } from "./contract.ts";
import {
  DEFAULT_TIMEOUT_MS,
  type Channel,
  type ChannelInstance,
  type CheckResult,
  type Deliverable,
} from "./plugin.ts";

/** An attempt's result, as it is recorded. It holds none of the provider's text. */
export interface Settled {
  /** `queued`: to be tried again. */
  status: DeliveryStatus;
  reason: string | null;
  /** Set with `queued`, where the channel named a wait; ms. */
  retryAfterMs?: number;
  providerId?: string;
  /** Ids of devices that are no more. */
  gone?: string[];
}

const SLUG = /^[a-z][a-z0-9_]{0,63}$/;
/** Ids as providers make them: no spaces, so that no sentence passes for an id. */
export const PROVIDER_ID = /^[A-Za-z0-9._:@<>/+=-]{1,200}$/;
/** A provider may ask for any wait; a day is the longest that still makes sense for a notification. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Turns the answer of `deliver` into the result that is recorded. Anything that is not an `Outcome` is a bug of the
 * plugin and recorded as failed with `plugin_error`. A code that is not a slug becomes `invalid_code`.
 */
export function settle(outcome: unknown): Settled {
  if (typeof outcome !== "object" || outcome === null || outcome instanceof Error) return settleThrown();
  const { gone, ...told }: Partial<Record<string, unknown>> = { ...outcome };
  const ids = Array.isArray(gone)
    ? gone.filter((id): id is string => typeof id === "string" && PROVIDER_ID.test(id))
    : [];
  return { ...statusOf(told), ...(ids.length === 0 ? {} : { gone: ids }) };
}

function statusOf({ kind, code, afterMs, providerId }: Partial<Record<string, unknown>>): Settled {
  switch (kind) {
    case "delivered":
    case "accepted": {
      const id = typeof providerId === "string" && PROVIDER_ID.test(providerId) ? { providerId } : {};
      return { status: kind, reason: null, ...id };
    }
    case "retry": {
      const wait = typeof afterMs === "number" && Number.isFinite(afterMs) && afterMs >= 0;
      const retryAfterMs = wait ? { retryAfterMs: Math.min(Math.ceil(afterMs), MAX_RETRY_AFTER_MS) } : {};
      return { status: "queued", reason: slug(code), ...retryAfterMs };
    }
    case "reject": {
      const reason = slug(code);
      const skipped = SKIP_REASONS.some((known) => known === reason);
      return { status: skipped ? "skipped" : "failed", reason };
    }
    case "unknown":
      return { status: "unknown", reason: slug(code) };
    default:
      return settleThrown();
  }
}

/** The result when `deliver` threw: expected errors are values, so a throw is a bug of the plugin. */
export function settleThrown(): Settled {
  return { status: "failed", reason: "plugin_error" };
}

/** The code itself when it is a slug, else `invalid_code`, so that no text of a provider or patient gets through. */
export function slug(code: unknown): string {
  return typeof code === "string" && SLUG.test(code) ? code : "invalid_code";
}

/** How long a plugin may take to answer after its signal aborted, in ms. */
const LAST_WORD_MS = 500;

/**
 * Makes one attempt: hands the deliverable to the channel, aborts it at the channel's timeout or with the signal
 * given, and settles it. A plugin that does not answer soon after the abort may have sent: `unknown`, with the reason
 * `timeout` or `aborted`. Never rejects, whatever the plugin does.
 */
export async function attempt(
  channel: Pick<Channel, "timeoutMs">,
  instance: Pick<ChannelInstance, "deliver">,
  deliverable: Deliverable,
): Promise<Settled> {
  if (deliverable.signal.aborted) return { status: "queued", reason: "aborted" };
  const timeout = new AbortController();
  const signal = AbortSignal.any([deliverable.signal, timeout.signal]);
  const timer = setTimeout(() => timeout.abort(), channel.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const { promise: silence, resolve } = Promise.withResolvers<Settled>();
  let lastWord: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    const reason = timeout.signal.aborted ? "timeout" : "aborted";
    lastWord = setTimeout(() => resolve({ status: "unknown", reason }), LAST_WORD_MS);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  const work = async (): Promise<Settled> => settle(await instance.deliver({ ...deliverable, signal }));
  try {
    return await Promise.race([work().catch(settleThrown), silence]);
  } finally {
    clearTimeout(timer);
    clearTimeout(lastWord);
    signal.removeEventListener("abort", onAbort);
  }
}

/** A channel's own check, bounded by `timeoutMs`; a throw is `plugin_error`. Never rejects. */
export async function checkOf(
  instance: Pick<ChannelInstance, "check">,
  timeoutMs: number,
): Promise<CheckResult> {
  const work = async (): Promise<CheckResult> => {
    const result: unknown = await instance.check();
    const { ok, code }: Partial<Record<string, unknown>> = { ...(typeof result === "object" ? result : {}) };
    return ok === true ? { ok } : { ok: false, code: slug(code) };
  };
  const fail = (code: string) => (): CheckResult => ({ ok: false, code });
  return await within(work().catch(fail("plugin_error")), timeoutMs, fail("timeout"));
}

const RANK: Record<DeliveryStatus, number> = {
  queued: 0,
  claimed: 1,
  unknown: 2,
  skipped: 2,
  accepted: 3,
  failed: 4,
  delivered: 5,
};

/**
 * Whether a provider's report moves a delivery on. Reports come late, twice and in any order, so a delivery only ever
 * moves forward: `delivered` is final, and a late receipt turns `accepted`, `skipped`, `unknown` and `failed` into it.
 */
export function advances(from: DeliveryStatus, to: DeliveryStatus): boolean {
  return RANK[to] > RANK[from];
}
