import { RateLimiterRes } from "rate-limiter-flexible";
import type { Counters } from "../config/counters.ts";
import type { ChannelTools } from "./plugin.ts";

/** A plugin's limiters. Two plugins may give limiters the same name; they count apart. */
export function limiterFor(plugin: string, counters: Counters): ChannelTools["limiter"] {
  return (name, bound) => {
    const counter = counters(`channel:${plugin}:${name}`, bound);
    return {
      take: async (key) => {
        try {
          await counter.consume(key);
          return true;
        } catch (refusal) {
          if (refusal instanceof RateLimiterRes) return false;
          throw refusal;
        }
      },
    };
  };
}
