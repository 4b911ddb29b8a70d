import { within } from "../../config/within.ts";
import { unavailable } from "./errors.ts";

/** A caller hears within this time that the database can't take a send; ms. */
const DEADLINE = 1_800;

/**
 * Waits for `work`, but not for a database that hangs.
 * @throws Problem 503 after 1.8 s. The work may still succeed: a repeat with the same Idempotency-Key finds it.
 */
export function withDeadline<T>(work: Promise<T>): Promise<T> {
  return within(work, DEADLINE, () => {
    throw unavailable("The database does not answer in time; try again, with the same Idempotency-Key.");
  });
}
