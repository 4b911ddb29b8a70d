import { type Lane, LANES } from "../channels/contract.ts";
import { beating, type Task } from "../activities/heartbeat.ts";
import type { Activities } from "../activities/index.ts";
import { type Aside, createTurns } from "./turns.ts";

/**
 * A lane counts as at work until this long after it last did something; ms. That is longer than the pauses within one send, and short
 * enough that a few critical ones a second leave the others most of the time. The other lanes lose next to nothing, since critical
 * sends are few.
 */
const AT_WORK: Record<Lane, number> = { critical: 60, ordinary: 30, bulk: 0 };

/** The longest that anybody waits for a turn, well below the time that Temporal allows an activity; ms. */
const PATIENCE = 4_000;

/** How a kind of work gives way to the lanes above. */
interface Pace {
  /** While a lane above is at work, this lane still gets a turn this often, so that it does not starve; ms. */
  turnEvery: Record<Lane, number>;
  /** How many are worked on at a time: enough to keep a database busy, few enough not to hold up work of a lane above. */
  atOnce: Record<Lane, number>;
  /** It gives way to other work of its own lane too, and nothing gives way to it. */
  last?: boolean;
}

const UNLIMITED = Number.POSITIVE_INFINITY;
const PACES = {
  // Callers wait for their answer. Critical ones are not held up, but share a reserve of connections.
  intake: {
    turnEvery: { critical: 0, ordinary: 25, bulk: 25 },
    atOnce: { critical: 8, ordinary: 4, bulk: 4 },
  },
  starts: {
    turnEvery: { critical: 0, ordinary: 50, bulk: 50 },
    atOnce: { critical: 4, ordinary: 4, bulk: 1 },
  },
  activities: {
    turnEvery: { critical: 0, ordinary: 50, bulk: 250 },
    atOnce: { critical: UNLIMITED, ordinary: 4, bulk: 1 },
  },
  // A flood's alerts have their steps due at once.
  steps: {
    turnEvery: { critical: 0, ordinary: 50, bulk: 250 },
    atOnce: { critical: 4, ordinary: 4, bulk: 1 },
  },
  attempts: {
    turnEvery: { critical: 0, ordinary: 50, bulk: 250 },
    atOnce: { critical: UNLIMITED, ordinary: UNLIMITED, bulk: UNLIMITED },
    last: true,
  },
} satisfies Record<string, Pace>;

/** Lets one kind of work pass in the order of its lanes. */
export interface Gate {
  /** Resolves when a lane may go on: at once, or when the lanes above have paused, or when its turn has come. */
  turn(lane: Lane): Promise<void>;
  /**
   * Runs `work` when its turn has come, beside few others of its lane. Parties take turns within a lane, and parties within
   * them, as keys are within a territory; work that names none goes first. What waits aside holds up no other.
   */
  inTurn<T>(lane: Lane, work: (aside: Aside) => Promise<T>, ...party: string[]): Promise<T>;
}

/** Who goes first on a node, whose lanes share one thread, one pool of connections and one database. */
export interface Precedence {
  /** Says that a lane is at work. */
  note(lane: Lane): void;
  /** Taking sends in. */
  intake: Gate;
  /** Starting workflows later than with their send, for the first time or again. */
  starts: Gate;
  /** Activities, except steps of alerts and plugins' attempts. */
  activities: Gate;
  /** Steps of alerts: few at a time, so that what arrives is not held up by those of others. */
  steps: Gate;
  /** Plugins' attempts: many of them wait for somebody else's server, and none may hold up the live channel. */
  attempts: Gate;
}

/** @param times how much more goes on at a time than on a node with two cores */
export function createPrecedence(times = 1): Precedence {
  const notedAt = eachLane(() => Number.NEGATIVE_INFINITY);
  const note = (lane: Lane): void => {
    notedAt[lane] = performance.now();
  };
  const quietAt = (lane: Lane, own: boolean): number =>
    Math.max(
      ...LANES.slice(0, LANES.indexOf(lane) + (own ? 1 : 0)).map((other) => notedAt[other] + AT_WORK[other]),
    );

  const gate = ({ turnEvery, atOnce, last = false }: Pace): Gate => {
    const turnAt = eachLane(() => Number.NEGATIVE_INFINITY);
    const limits = eachLane((lane) => createTurns(times * atOnce[lane]));
    const turn = async (lane: Lane): Promise<void> => {
      const since = performance.now();
      for (let now = since; now - since < PATIENCE; now = performance.now()) {
        const wait = Math.min(quietAt(lane, last), turnAt[lane] + turnEvery[lane]) - now;
        if (wait <= 0) break;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
      turnAt[lane] = performance.now();
      if (!last) note(lane);
    };
    const inTurn: Gate["inTurn"] = (lane, work, ...party) =>
      limits[lane](party, async (aside) => {
        await turn(lane);
        return await work(aside).finally(() => last || note(lane));
      });
    return { turn, inTurn };
  };
  return {
    note,
    intake: gate(PACES.intake),
    starts: gate(PACES.starts),
    activities: gate(PACES.activities),
    steps: gate(PACES.steps),
    attempts: gate(PACES.attempts),
  };
}

/**
 * Activities for the worker of a lane: each waits for its turn, and only a few of those that write notifications run at a
 * time. Pages, which have a heartbeat, send it while they wait too.
 */
export function inLane(
  activities: Activities,
  lane: Lane,
  { activities: gate, steps }: Precedence,
  task: Task,
): Activities {
  const { persist, broadcastPage, bulkPages, deliver, standDown, escalate, skipRest, giveUp, roundLeft } =
    activities;
  return {
    // It waits for a receipt without keeping its turn.
    persist: (id) => persist(id, (work) => gate.inTurn(lane, work)),
    broadcastPage: (id, after) =>
      beating(task, (signal) =>
        broadcastPage(id, after, { signal, inTurn: (work) => gate.inTurn(lane, work) }),
      ),
    bulkPages: (territoryId) =>
      beating(task, (signal) =>
        bulkPages(territoryId, { signal, inTurn: (work) => gate.inTurn(lane, work, territoryId) }),
      ),
    deliver: turnFirst(deliver, lane, gate),
    standDown: turnFirst(standDown, lane, gate),
    escalate: (id) => steps.inTurn(lane, () => escalate(id)),
    skipRest: turnFirst(skipRest, lane, gate),
    giveUp: turnFirst(giveUp, lane, gate),
    roundLeft: turnFirst(roundLeft, lane, gate),
  };
}

/** Runs each in its turn, however many are running. */
export const turnFirst =
  <A extends unknown[], T>(run: (...args: A) => Promise<T>, lane: Lane, gate: Gate) =>
  async (...args: A): Promise<T> => {
    await gate.turn(lane);
    return await run(...args);
  };

function eachLane<T>(make: (lane: Lane) => T): Record<Lane, T> {
  return { critical: make("critical"), ordinary: make("ordinary"), bulk: make("bulk") };
}
