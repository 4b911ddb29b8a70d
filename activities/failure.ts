import { ApplicationFailure } from "@temporalio/activity";
import { failureCode } from "../config/failure-code.ts";
import { framesOf } from "../config/log.ts";
import { AWAY, isAway } from "../store/db/knex.ts";

type Activity = (...args: never[]) => Promise<unknown>;

/**
 * Lets an activity's errors into the workflow's history as type and code alone: their text may quote a
 * value; that PostgreSQL was away is a type of its own. Every error is worth another try: where none is, the activity answers instead.
 */
export function withoutText<T extends Record<string, Activity>>(activities: T): T {
  const wrapped = Object.entries(activities).map(([name, run]) => [
    name,
    (...args: never[]) => run(...args).catch(rethrow),
  ]);
  return Object.fromEntries(wrapped);
}

function rethrow(error: unknown): never {
  const type = error instanceof Error ? error.name : "unknown";
  const failure = ApplicationFailure.create({
    message: failureCode(error),
    type: isAway(error) ? AWAY : type,
    nonRetryable: false,
  });
  if (error instanceof Error) failure.stack = framesOf(error).join("\n");
  throw failure;
}
