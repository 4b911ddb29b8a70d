import type { Knex } from "knex";
import { type AuditEvent, record } from "../../store/audit/record.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { Problem } from "../http/errors.ts";

/** An item of a call that was refused by itself. */
export interface Refused {
  item: number;
  error: unknown;
}

/** What a refusal was about, and what else is said of it. */
interface Said {
  objectId?: string | null;
  said?: Record<string, number>;
}

/** Puts the refusal of a known caller on record: the answer's status and kind, and nothing of the request but the id of what it was about. */
export async function recordRefusal(
  knex: Knex,
  actor: Actor | null,
  action: AuditEvent["action"],
  error: unknown,
  { objectId = null, said = {} }: Said = {},
): Promise<void> {
  const event = denialOf(action, error, { objectId, said });
  if (actor !== null && event !== null) await actAs(knex, actor, (trx) => record(trx, actor, event));
}

/** Puts each refusal within a call on record, with the place of its item. */
export async function recordRefusals(
  knex: Knex,
  actor: Actor,
  action: AuditEvent["action"],
  refused: readonly Refused[],
): Promise<void> {
  const inOrder = refused.toSorted((a, b) => a.item - b.item);
  const events = inOrder.flatMap(({ item, error }) => denialOf(action, error, { said: { item } }) ?? []);
  if (events.length > 0) await actAs(knex, actor, (trx) => record(trx, actor, ...events));
}

/** Null for an error that refuses nothing: the program or a part that it needs failed. */
function denialOf(
  action: AuditEvent["action"],
  error: unknown,
  { objectId = null, said = {} }: Said,
): AuditEvent | null {
  if (!(error instanceof Problem) || error.status >= 500) return null;
  const payload = { status: error.status, problem: error.slug, ...said };
  return { action, outcome: "denied", objectId, payload };
}
