import type { Knex } from "knex";
import type { Bridge } from "../channels/websocket/bridge.ts";
import { skewOf } from "../store/db/clock.ts";
import { every, type Loop } from "./every.ts";
import type { Starter } from "./starter.ts";

/** How long a service's going away is remembered; ms. */
const MEMORY = 60_000;
/** How often the services are looked at when nobody asks; ms. */
const EVERY = 3_000;
/** From how many times within `MEMORY` on a service counts as unsteady: once is an outage, or a restart. */
const UNSTEADY = 2;

/** Remembers for a minute how often each service went away, so that one that comes and goes is not called well in between. */
export interface Steadiness {
  /** @param at ms of a clock that only goes forward */
  note(part: string, answers: boolean, at?: number): void;
  /** How often it went away within the last minute; 0 where that is too seldom to be called unsteady. */
  timesAway(part: string, at?: number): number;
}

export function createSteadiness(): Steadiness {
  const answered = new Map<string, boolean>();
  const wentAway = new Map<string, number[]>();
  const recent = (part: string, at: number): number[] =>
    (wentAway.get(part) ?? []).filter((when) => at - when < MEMORY);
  return {
    note(part, answers, at = performance.now()) {
      if (!answers && answered.get(part) !== false) wentAway.set(part, [...recent(part, at), at]);
      answered.set(part, answers);
    },
    timesAway(part, at = performance.now()) {
      const times = recent(part, at).length;
      return times >= UNSTEADY ? times : 0;
    },
  };
}

interface Services {
  knex: Knex;
  starter: Pick<Starter, "answers">;
  bridge: Pick<Bridge, "state">;
}

/** Looks at the services behind the node every few seconds, whether anybody asks or not. */
export function watchSteadiness(steadiness: Steadiness, { knex, starter, bridge }: Services): Loop {
  const look = async (): Promise<void> => {
    const [skew, temporal] = await Promise.all([skewOf(knex), starter.answers()]);
    steadiness.note("postgres", skew !== null);
    steadiness.note("temporal", temporal);
    steadiness.note("redis", bridge.state() !== "down");
  };
  // Both answers are states; what else could fail is told by whoever asks.
  return every(EVERY, look, () => undefined);
}
