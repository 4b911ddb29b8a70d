import type { DeliveryDto, SkipReason } from "../contract.ts";
import type { Tone } from "../ui/tone.ts";
import { DELIVERY_WORDS } from "../words.ts";
import { toneOf } from "./steps.ts";

/** An outcome in one or two words, and how much concern it deserves. */
export interface Chip {
  words: string;
  tone: Tone;
}

/**
 * What was not sent, by its reason. Amber is what somebody should mend; what waits in the inbox, what people wish and what nobody needs any more
 * is as it should be.
 */
const SKIPPED: Partial<Record<SkipReason, Chip>> = {
  offline: { words: "Offline", tone: "neutral" },
  no_address: { words: "No address", tone: "warn" },
  preference: { words: "Turned off", tone: "neutral" },
  quiet_hours: { words: "Quiet hours", tone: "neutral" },
  throttled: { words: "Too many", tone: "warn" },
  not_configured: { words: "Not set up", tone: "warn" },
  not_reachable: { words: "Not here", tone: "warn" },
  already_handled: { words: "Not needed", tone: "neutral" },
  not_needed: { words: "Not needed", tone: "neutral" },
  resolved: { words: "Not needed", tone: "neutral" },
  replaced: { words: "Not needed", tone: "neutral" },
  cancelled: { words: "Not needed", tone: "neutral" },
  outdated: { words: "Not needed", tone: "neutral" },
  covered: { words: "Covered", tone: "neutral" },
  below_priority: { words: "Not needed", tone: "neutral" },
};

/** The chip of a delivery. */
export function chipOf({
  status,
  reason,
  held_until,
}: Pick<DeliveryDto, "status" | "reason" | "held_until">): Chip {
  if (held_until !== null) return { words: "Held", tone: "neutral" };
  const known =
    status === "skipped" ? Object.entries(SKIPPED).find(([slug]) => slug === reason)?.[1] : undefined;
  return known ?? { words: DELIVERY_WORDS[status], tone: toneOf(status) };
}
