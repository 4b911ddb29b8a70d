import type { Context } from "koa";
import type { Problem } from "../http/errors.ts";
import { networkOf } from "./client.ts";
import { Throttled } from "./throttled.ts";

/** A body that takes longer comes slowly; ms. */
const SLOW = 1_000;
/** How soon to try again; ms. */
const AGAIN = 1_000;

/** How a body is waited for. */
interface Waiting {
  /** Whether it is there by now, so that what goes on is no waiting for it. */
  isThere: () => boolean;
  /** Called once it comes slowly. */
  onSlow?: () => void;
  /** The answer where too many do. */
  refusal: () => Problem;
}

/** Waits for a body, in the part of it that one party has. @throws Problem of the caller's choice */
type SlowBodies = <T>(ctx: Context, whose: string, waiting: Waiting, read: () => Promise<T>) => Promise<T>;

/**
 * Has few bodies that come slowly be waited for, as each is held in memory.
 * @param most so many of all parties, and of one
 */
export function createSlowBodies(most: { all: number; own: number }): SlowBodies {
  const slow = new Map<string, number>();
  let all = 0;
  const count = (whose: string, by: 1 | -1): number => {
    const own = (slow.get(whose) ?? 0) + by;
    all += by;
    if (own === 0) slow.delete(whose);
    else slow.set(whose, own);
    return own;
  };
  return async (ctx, whose, { isThere, onSlow, refusal }, read) => {
    const refused = Promise.withResolvers<never>();
    let isSlow = false;
    const timer = setTimeout(() => {
      if (isThere()) return;
      isSlow = true;
      onSlow?.();
      const own = count(whose, 1);
      if (own <= most.own && all <= most.all) return;
      // Nobody reads the rest of the body.
      ctx.set("Connection", "close");
      refused.reject(refusal());
    }, SLOW);
    try {
      return await Promise.race([read(), refused.promise]);
    } finally {
      clearTimeout(timer);
      if (isSlow) count(whose, -1);
    }
  };
}

/** Slow bodies of callers whom nobody knows. Whoever signs in sends one in a single piece. */
const MOST_UNNAMED = { all: 256, own: 64 };

/** Does the work of calls without a credential, of which few of a network may wait for their bodies. @throws Throttled */
export function createUnnamedBodies(): <T>(ctx: Context, work: () => Promise<T>) => Promise<T> {
  const waitFor = createSlowBodies(MOST_UNNAMED);
  const refusal = (): Problem => new Throttled(AGAIN, false, "Too many bodies come slowly from your network");
  return (ctx, work) => waitFor(ctx, networkOf(ctx), { isThere: () => ctx.req.complete, refusal }, work);
}
