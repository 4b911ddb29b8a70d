import type { Context } from "koa";
import { createLines } from "./one-by-one.ts";

/** A caller's part of the connections, for calls that read and for calls that change something: neither waits behind many of the other. */
const PART = 0.3;
/** Calls of a caller that go on or wait, of each of the two. */
const MOST = 200;

type Kind = "reads" | "changes";

/**
 * Has few calls of a caller go on at a time at this node, so that no session, key or person with many slow ones takes the connections that all
 * work goes by. Further ones wait in their order, and those beyond a bound are refused.
 */
export interface UnderWay {
  /**
   * @param whose a session, a key, a person
   * @param left settles once the call only waits, and takes nothing; it has a bound of its own then
   * @throws Throttled
   */
  inLine(ctx: Context, whose: string, left: Promise<void>, work: () => Promise<void>): Promise<void>;
  /** The same for work behind which no call stands, as a live socket's. @throws Throttled */
  turnOf<T>(whose: string, kind: Kind, work: () => Promise<T>): Promise<T>;
}

/** @param connections of the node, for all work */
export function createUnderWay(connections: number, most = MOST): UnderWay {
  const atOnce = Math.max(1, Math.floor(PART * connections));
  const detail = "Too many of your calls are under way at once";
  const inLine = createLines({ atOnce, most, detail });
  // Of both kinds together, so that however many there are of one, the other goes on by one.
  const together = createLines({ atOnce: atOnce + 1, most: 2 * atOnce });
  const turnOf: UnderWay["turnOf"] = (whose, kind, work) =>
    inLine(`${kind} of ${whose}`, () => together(whose, work));
  return {
    turnOf,
    inLine: async (ctx, whose, left, work) => {
      const kind = ctx.method === "GET" || ctx.method === "HEAD" ? "reads" : "changes";
      const begin = async (): Promise<{ answering: Promise<void> }> => {
        // Nobody reads the answer of a call whose client has gone while it waited.
        const answering = ctx.req.socket.destroyed ? Promise.resolve() : work();
        await Promise.race([answering, left]);
        return { answering };
      };
      const { answering } = await turnOf(whose, kind, begin);
      await answering;
    },
  };
}
