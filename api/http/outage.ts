import type { Knex } from "knex";
import { within } from "../../config/within.ts";
import { unavailable } from "./errors.ts";

/**
 * Settles as a call's work does, unless PostgreSQL stops to answer meanwhile.
 * @throws Problem 503 within 2 s of that. The work may still be done: nobody knows while PostgreSQL is silent.
 */
export type WhileAnswering = <T>(work: Promise<T>) => Promise<T>;

/** A call that takes longer has PostgreSQL asked, and again each time that it answers; ms. */
const ASK_AFTER = 700;
/** How long PostgreSQL may take to say that it is there; ms. Both together leave a caller less than 2 s. */
const PATIENCE = 1_000;

/** This node has too much to do itself where it looks so much later than it meant to; ms. */
const LATE = 250;

const UNKNOWN = "The database does not answer, so nobody knows whether this was done; try again soon.";

/**
 * Watches PostgreSQL for calls that take long. What hangs sends no error: neither a driver nor a closed socket tells a caller.
 * How long a call may take by itself is no matter of this: one that lists, exports or waits goes on while PostgreSQL answers.
 */
export function createOutageWatch(knex: Knex): WhileAnswering {
  let asking: Promise<boolean> | null = ask().finally(() => (asking = null));

  /** However many calls wait, PostgreSQL is asked once at a time. */
  function answers(): Promise<boolean> {
    asking ??= ask().finally(() => (asking = null));
    return asking;
  }

  function ask(): Promise<boolean> {
    // A connection that does not answer by then is closed.
    const query = knex.raw("SELECT 1").options({ query_timeout: PATIENCE });
    const answer = query.then(
      () => true,
      () => false,
    );
    const began = performance.now();
    // Whoever comes late to look hears nothing of who answered meanwhile.
    return within(answer, PATIENCE, () => performance.now() - began > PATIENCE + LATE);
  }

  return async (work) => {
    const away = Promise.withResolvers<never>();
    let over = false;
    const look = async (): Promise<void> => {
      if (!(await answers())) away.reject(unavailable(UNKNOWN));
      else if (!over) timer = setTimeout(() => void look(), ASK_AFTER);
    };
    let timer = setTimeout(() => void look(), ASK_AFTER);
    try {
      return await Promise.race([work, away.promise]);
    } finally {
      over = true;
      clearTimeout(timer);
    }
  };
}
