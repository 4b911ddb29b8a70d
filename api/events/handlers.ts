import { Readable } from "node:stream";
import type { Knex } from "knex";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import { presentEvent } from "../../store/webhooks/events.ts";
import { AheadError, type FeedPage, openFeed, readFeed } from "../../store/webhooks/feed.ts";
import { untilClosed } from "../http/closed.ts";
import { invalid, unauthorized } from "../http/errors.ts";
import { wantsText } from "../http/csv.ts";
import type { Handlers } from "../http/route.ts";
import { identifyService, type KeyFinding } from "../middleware/service.ts";
import { Throttled } from "../middleware/throttled.ts";
import { createWaits } from "../middleware/waits.ts";
import { secondsOf } from "../notifications/wait.ts";
import type { events } from "./routes.ts";
import { toStream } from "./stream.ts";
import { waitForEvents } from "./wait.ts";

/** Waits and streams of one service that go on at one node, and when more may come; ms. */
const MOST_WAITING = 5;
const COME_BACK = 5_000;
/** A stream looks so often whether it may go on; ms. */
const LOOK = 5_000;

export interface EventsDeps extends KeyFinding {
  knex: Knex;
  bridge: Bridge;
  isDraining: () => boolean;
}

/** Answers the calls of services that ask what became of their sends. */
export function eventHandlers({ knex, bridge, isDraining, ...finding }: EventsDeps): Handlers<typeof events> {
  const waits = createWaits(MOST_WAITING);
  return {
    list: async ({ caller, query: { after: given, limit }, headers, leave, ctx }) => {
      const streams = wantsText(ctx, "text/event-stream");
      const after = given ?? Number(streams ? (headers["Last-Event-ID"] ?? 0) : 0);
      const seconds = secondsOf(headers.Prefer);
      const signal = untilClosed(ctx);
      if (streams || seconds > 0) {
        if (!waits.beginUntil(signal, caller.serviceId))
          throw new Throttled(COME_BACK, false, "Too many waits of the service go on");
        leave();
      }
      await openFeed(knex, caller.serviceId);
      const wait = { serviceId: caller.serviceId, bus: bridge, signal };
      const read = (from: number, as = caller) => readFeed(knex, as, from, limit).catch(asProblem);
      /** The same for who has waited: the key may have ended meanwhile, or reach less. */
      const readAgain = async (from: number): Promise<FeedPage | null> => {
        const now = await identifyService(ctx, finding);
        return now?.keyId === caller.keyId ? await read(from, now) : null;
      };
      const isEnough = (page: FeedPage | null): boolean =>
        page === null || page.gap || page.events.length > 0 || page.more || isDraining();

      if (streams) {
        // What is wrong with the call is said before the stream begins.
        await read(after);
        ctx.set("X-Accel-Buffering", "no");
        const next = async (from: number) =>
          isDraining() ? null : await waitForEvents(wait, LOOK, () => readAgain(from), isEnough);
        return { status: 200, text: Readable.from(toStream(after, { next, signal })) };
      }
      const page = await waitForEvents(wait, seconds * 1_000, () => readAgain(after), isEnough);
      if (page === null) throw unauthorized("The key has ended.");
      const body = { events: page.events.map(presentEvent), next: page.next, gap: page.gap };
      return {
        status: 200,
        headers: { "Preference-Applied": seconds > 0 ? `wait=${seconds}` : undefined },
        body,
      };
    },
  };
}

function asProblem(error: unknown): never {
  if (error instanceof AheadError)
    throw invalid([{ path: "/after", message: "is beyond the newest event; begin at 0" }]);
  throw error;
}
