import { every, type Loop } from "./every.ts";
import { askServices, type Services } from "./parts.ts";

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

/** Looks at the services behind the node every few seconds, whether anybody asks or not. */
export function watchSteadiness(steadiness: Steadiness, services: Services): Loop {
  const look = async (): Promise<void> => {
    const { answers } = await askServices(services);
    for (const [part, up] of Object.entries(answers)) steadiness.note(part, up);
  };
  // Both answers are states; what else could fail is told by whoever asks.
  return every(EVERY, look, () => undefined);
}
