import type { Knex } from "knex";
import { type AuditEvent, record } from "../../store/audit/record.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { Problem } from "../http/errors.ts";
import { isWithin, type RateLimits, Throttled } from "./limits.ts";

/** What bounds how much somebody signed in can put on record by asking for what they may not do. */
export interface DenialDeps {
  knex: Knex;
  limits: Pick<RateLimits, "denials" | "denialNotes">;
}

/** Holds up somebody who was refused too often within a minute. @throws Throttled, on record once */
export async function checkDenials(deps: DenialDeps, userId: string): Promise<void> {
  try {
    await deps.limits.denials.check(userId);
  } catch (error) {
    if (error instanceof Throttled) await noteThrottled(deps, userId);
    throw error;
  }
}

/** Runs what somebody asked for; that they may not do it, or that it is not theirs, is counted. @throws every error of `work` */
export async function countDenials<T>(
  { limits }: Pick<DenialDeps, "limits">,
  userId: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem && [403, 404, 409].includes(error.status))
      await limits.denials.count(userId);
    throw error;
  }
}

/** Puts a refusal on record unless there were too many, which goes on record once: for what no call stands behind, as a live socket's acts. */
export async function recordDenial(deps: DenialDeps, userId: string, event: AuditEvent): Promise<void> {
  const actor: Actor = `user:${userId}`;
  // Apart from those of calls, which are counted where they are answered.
  if (await isWithin(deps.limits.denials, `own ${userId}`))
    await actAs(deps.knex, actor, (trx) => record(trx, actor, event));
  else await noteThrottled(deps, userId);
}

async function noteThrottled({ knex, limits }: DenialDeps, userId: string): Promise<void> {
  if (!(await isWithin(limits.denialNotes, userId))) return;
  const actor: Actor = `user:${userId}`;
  const event = { action: "session.throttle", outcome: "denied", objectId: userId } as const;
  await actAs(knex, actor, (trx) => record(trx, actor, { ...event, payload: { status: 429 } }));
}
