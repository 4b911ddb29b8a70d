import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Deliverable } from "tocsin/channel";
import type { SmsConfig } from "./config.ts";

/** How much more is allowed of critical messages, which a flood of ordinary ones must not hold up. */
const CRITICAL_FACTOR = 5;

export interface Velocity {
  /** Counts one message to a person at a number's prefix; false when there have been too many. */
  allows(user: string, prefix: string, priority: Deliverable["message"]["priority"]): Promise<boolean>;
}

/**
 * Limits how fast messages go to one person and to one range of numbers, which bounds what a runaway sender or toll
 * fraud costs. Counted in memory: per node, and from nothing after a restart.
 */
export function velocity(config: SmsConfig["velocity"]): Velocity {
  const limiters = (factor: number): { user: RateLimiterMemory; prefix: RateLimiterMemory } => ({
    user: limiter(config.per_user, factor),
    prefix: limiter(config.per_prefix, factor),
  });
  const ordinary = limiters(1);
  const critical = limiters(CRITICAL_FACTOR);
  return {
    async allows(user, prefix, priority) {
      const limits = priority === "critical" ? critical : ordinary;
      return (await takes(limits.user, user)) && (await takes(limits.prefix, prefix));
    },
  };
}

function limiter(
  { messages, seconds }: SmsConfig["velocity"]["per_user"],
  factor: number,
): RateLimiterMemory {
  return new RateLimiterMemory({ points: messages * factor, duration: seconds });
}

async function takes(limits: RateLimiterMemory, key: string): Promise<boolean> {
  try {
    await limits.consume(key);
    return true;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return false;
    throw refusal;
  }
}
