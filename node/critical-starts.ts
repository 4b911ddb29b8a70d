import type { Bridge } from "../channels/websocket/bridge.ts";
import { within } from "../config/within.ts";
import type { Unpersisted } from "../store/notifications/outbox.ts";
import { type Again, type Starter, startWorkflow } from "./starter.ts";
import { createTurns } from "./turns.ts";

/**
 * How many critical sends of one key, and of all keys together, are on their way from a start to an inbox, on a node with two cores. That
 * is fewer than its worker advances at a time, so none waits in Temporal's queue, which knows no keys.
 */
const AT_ONCE = { ofKey: 16, together: 32 };
/** The longest that a send keeps its place, where nobody says that it has arrived; ms. */
const LONGEST = 5_000;

/** A critical send that was taken in. */
export type CriticalSend = Pick<Unpersisted, "id" | "kind" | "territory" | "key"> & {
  traceparent?: string | null | undefined;
};

/** What came of a start: Temporal took it, or not; or it had no turn so far. */
export type CriticalStart = "started" | "refused" | "waits";

/** Starts critical sends, few at a time: territories take turns, and within one its keys, however many one of them sends. */
export interface CriticalStarts {
  /**
   * What is not started is left to the relay, which takes sends up after two seconds. `again`: as for `Starter`.
   * @param patience how long it waits for its turn; ms
   */
  start(send: CriticalSend, patience: number, again?: Again): Promise<CriticalStart>;
}

interface CriticalStartsDeps {
  starter: Pick<Starter, "start" | "startBroadcast">;
  bridge: Pick<Bridge, "onProgress">;
  /** How much more goes on at a time than on a node with two cores. */
  times: number;
}

export function createCriticalStarts({ starter, bridge, times }: CriticalStartsDeps): CriticalStarts {
  const turnOf = createTurnsOfKeys(times * AT_ONCE.ofKey);
  const inTurn = createTurns(times * AT_ONCE.together);
  const underWay = new Set<string>();

  /** Starts a send and keeps its place until it has arrived, on whichever node. */
  async function run(
    { id, kind, traceparent, territory, key }: CriticalSend,
    again: Again | undefined,
    answer: (came: CriticalStart) => void,
  ): Promise<void> {
    const arrived = Promise.withResolvers<void>();
    const stop = bridge.onProgress(id, arrived.resolve);
    underWay.add(id);
    try {
      const taken = await startWorkflow(
        starter,
        { id, kind, lane: "critical", traceparent, party: `${key ?? ""}@${territory}` },
        again,
      );
      answer(taken ? "started" : "refused");
      if (taken) await within(arrived.promise, LONGEST, () => undefined);
    } finally {
      underWay.delete(id);
      stop();
    }
  }

  return {
    start: async (send, patience, again) => {
      const { territory, key } = send;
      // The relay offers again what is under way for longer than it should be.
      if (underWay.has(send.id)) return "started";
      const until = performance.now() + patience;
      const isLate = (): boolean => performance.now() > until;
      const turn = Promise.withResolvers<"come">();
      const answer = Promise.withResolvers<CriticalStart>();
      const going = turnOf(key ?? territory, territory, async () => {
        if (isLate()) return;
        await inTurn([territory, key ?? ""], async () => {
          if (isLate() || underWay.has(send.id)) return;
          turn.resolve("come");
          await run(send, again, answer.resolve);
        });
      });
      going.catch(answer.reject);
      // Nobody listens once it is late.
      answer.promise.catch(() => undefined);
      const came = await within(turn.promise, patience, () => "late" as const);
      return came === "come" ? await answer.promise : "waits";
    },
  };
}

/** Turns of a key among its own work: its territories take them. */
function createTurnsOfKeys(atOnce: number) {
  const keys = new Map<string, { inTurn: ReturnType<typeof createTurns>; works: number }>();
  return async function turnOf<T>(key: string, territory: string, work: () => Promise<T>): Promise<T> {
    const own = keys.get(key) ?? { inTurn: createTurns(atOnce), works: 0 };
    keys.set(key, own);
    own.works++;
    try {
      return await own.inTurn([territory], work);
    } finally {
      if (--own.works === 0) keys.delete(key);
    }
  };
}
