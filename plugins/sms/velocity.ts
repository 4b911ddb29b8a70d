import type { ChannelTools, Deliverable, Limiter } from "tocsin/channel";
import type { SmsConfig } from "./config.ts";

/**
 * How many times larger the allowance of critical messages is. It is their own, so that a flood of others can't hold
 * them up.
 */
const CRITICAL_FACTOR = 5;

export interface Velocity {
  /** Counts one message to a person and to a range of numbers; false when there have been too many. */
  allows(user: string, prefix: string, urgency: Deliverable["message"]["urgency"]): Promise<boolean>;
}

/**
 * Limits how fast messages go to one person and to one range of numbers, which bounds the cost of a runaway sender or toll
 * fraud costs.
 */
export function velocity(config: SmsConfig["velocity"], limiter: ChannelTools["limiter"]): Velocity {
  const bound = (name: "per_user" | "per_prefix", lane: string, factor: number): Limiter => {
    const { messages, seconds } = config[name];
    return limiter(`${name}:${lane}`, { times: messages * factor, seconds });
  };
  const bounds = (lane: string, factor: number): { user: Limiter; prefix: Limiter } => ({
    user: bound("per_user", lane, factor),
    prefix: bound("per_prefix", lane, factor),
  });
  const ordinary = bounds("ordinary", 1);
  const critical = bounds("critical", CRITICAL_FACTOR);
  return {
    async allows(user, prefix, urgency) {
      const limits = urgency === "critical" ? critical : ordinary;
      return (await limits.user.take(user)) && (await limits.prefix.take(prefix));
    },
  };
}
