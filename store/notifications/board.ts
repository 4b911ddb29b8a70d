import type { Category, Priority, UnansweredState } from "../../channels/contract.ts";
import { nowOf } from "../db/clock.ts";
import { type Actor, switchActor, type Transaction } from "../db/knex.ts";
import { type Step, type StepToCome, stepsToCome } from "../transitions/steps-to-come.ts";
import { isPeoplesRole } from "./escalation.ts";
import { findStepNames, type Named, type StepNames } from "./step-names.ts";
import { STATE, WAITING } from "./unanswered.ts";

/** Alerts that a board shows; beyond them it says how many more wait. */
export const MOST_ON_BOARD = 200;
/** People who are named of those who were told, and of those whom a step tells. */
const MOST_TOLD = 8;
export const MOST_NAMED = 3;
/** Characters of a message that a board shows. */
const LONGEST_MESSAGE = 400;

/** An alert that waits, as a board shows it: redacted text, and names. */
export interface BoardAlert {
  id: string;
  territoryId: string;
  /** Null for the alert of a broadcast. */
  recipient: Named | null;
  recipients: number | null;
  acknowledged: number | null;
  category: Category;
  priority: Priority;
  title: string | null;
  message: string;
  state: UnansweredState;
  since: Date;
  told: (Named & Answered)[];
  /** How many were told, and how many of them have seen it. */
  toldCount: number;
  seenCount: number;
  next: BoardStep;
}

interface Answered {
  seen: boolean;
  acknowledged: boolean;
  declined: boolean;
}

/** The step that comes unless somebody acknowledges, and whom it would tell if it came now. */
export interface BoardStep {
  at: Date;
  /** Its channels; null for all that its people wish. */
  channels: string[] | null;
  /** From 1, rounds included. */
  number: number;
  /** How many there are before the last resort. */
  total: number;
  /** The rules are used up: it tells the territory's last resort, and does so again and again. */
  lastResort: boolean;
  whom: "recipient" | "person" | "clinician" | "supervisor" | "on_call" | "topic";
  /** What the on-call role or topic is called, where it is one. */
  role: string | null;
  /** Some of those who have a way by its channels; `count` is how many do. */
  people: Named[];
  count: number;
}

export interface Board {
  /** By PostgreSQL's clock, by which steps come. */
  at: Date;
  alerts: BoardAlert[];
  /** How many wait beyond those. */
  more: number;
}

interface Row {
  id: string;
  territory_id: string;
  user_id: string | null;
  category: Category;
  priority: Priority;
  title: string | null;
  message: string;
  state: UnansweredState;
  created_at: Date;
  next_step_at: Date;
  recipients: number | null;
  acknowledged: number | null;
  told: ({ user_id: string } & Answered)[];
  told_count: number;
  seen_count: number;
  total: number;
}

/** The people whom a step of an alert tells by a channel, of those whom it means. */
export type ReachedBy = (rootId: string, step: Step) => string[];

/**
 * What waits for somebody to acknowledge it in some territories, the oldest first.
 * @param actor who looks; row-level security shows them no other territory, and acts for them again afterwards
 * @param reachedBy as the escalation itself judges it
 */
export async function readBoard(
  trx: Transaction,
  actor: Actor,
  territories: string[],
  reachedBy: ReachedBy,
): Promise<Board> {
  const { rows } = await trx.raw<{ rows: Row[] }>(
    `SELECT n.id, n.territory_id, n.user_id, n.category, n.priority, n.title, left(n.message, ${LONGEST_MESSAGE}) AS message,
       ${STATE} AS state, n.created_at, n.next_step_at, n.recipients, n.acknowledged,
       family.*, count(*) OVER () AS total
     FROM notifications n CROSS JOIN LATERAL (
       SELECT count(*) AS told_count, count(f.seen_at) AS seen_count,
         coalesce(jsonb_agg(jsonb_build_object('user_id', f.user_id, 'seen', f.seen_at IS NOT NULL,
           'acknowledged', f.acknowledged_at IS NOT NULL, 'declined', f.declined_at IS NOT NULL) ORDER BY f.created_at, f.id), '[]') AS told
       FROM notifications f WHERE (f.id = n.id OR f.escalated_from = n.id) AND f.user_id IS NOT NULL) AS family
     WHERE ${WAITING} AND n.escalation IS NOT NULL AND n.territory_id IN (SELECT unnest(?::text[]))
     ORDER BY n.created_at, n.id LIMIT ${MOST_ON_BOARD}`,
    [territories],
  );
  const alerts: BoardAlert[] = [];
  for (const [territory, own] of Map.groupBy(rows, ({ territory_id }) => territory_id))
    alerts.push(...(await withPeople(trx, actor, territory, own, reachedBy)));
  return {
    at: await nowOf(trx),
    alerts: alerts.toSorted((a, b) => a.since.getTime() - b.since.getTime() || (a.id < b.id ? -1 : 1)),
    more: (rows[0]?.total ?? 0) - rows.length,
  };
}

/** Names the people of one territory's alerts, and whom each tells next. An alert that ended a moment ago is left out. */
async function withPeople(
  trx: Transaction,
  actor: Actor,
  territory: string,
  rows: Row[],
  reachedBy: ReachedBy,
): Promise<BoardAlert[]> {
  const [first] = rows;
  if (first === undefined) return [];
  // An alert's worker sees who is who in its territory, and who is on call there.
  const worker: Actor = `worker:${first.id}`;
  await switchActor(trx, worker);
  const steps = await stepsToCome(
    trx,
    worker,
    rows.map(({ id }) => id),
  );
  const reach = onceForAlike(reachedBy);
  const alerts = rows.flatMap((row) => {
    const step = steps.get(row.id);
    return step === undefined ? [] : [{ row, step, reached: reach(row, step) }];
  });
  const named = alerts.flatMap(({ row: { user_id, told }, reached }) => [
    ...(user_id === null ? [] : [user_id]),
    ...told.slice(0, MOST_TOLD).map((one) => one.user_id),
    ...(reached ?? []).slice(0, MOST_NAMED),
  ]);
  const targets = alerts.map(({ step }) => step.step.to);
  const names = await findStepNames(trx, worker, territory, targets, named);
  await switchActor(trx, actor);
  return alerts.map(({ row, step, reached }) => ({
    id: row.id,
    territoryId: territory,
    recipient: row.user_id === null ? null : names.person(row.user_id),
    recipients: row.recipients,
    acknowledged: row.acknowledged,
    category: row.category,
    priority: row.priority,
    title: row.title,
    message: row.message,
    state: row.state,
    since: row.created_at,
    told: row.told.slice(0, MOST_TOLD).map(({ user_id, seen, acknowledged, declined }) => ({
      ...names.person(user_id),
      seen,
      acknowledged,
      declined,
    })),
    toldCount: row.told_count,
    seenCount: row.seen_count,
    next: toBoardStep(row, step, reached, names),
  }));
}

/**
 * Whom steps reach; null for a broadcast's recipients, who are not looked up. Alerts whose steps mean the same people in the same way are many, and each
 * set of people is planned once.
 */
function onceForAlike(reachedBy: ReachedBy): (row: Row, step: StepToCome) => string[] | null {
  const known = new Map<string, string[]>();
  return ({ id, user_id: recipient, category, priority }, { step, number, total, targets }) => {
    if (targets === null) return null;
    const people = targets.map(({ userId, cover }) => [userId, cover?.userId, cover?.instead]);
    const key = JSON.stringify([category, priority, step.channels, step.last_resort, people]);
    const whole = { step, number, total, category, priority, recipient, targets };
    const reached = known.get(key) ?? reachedBy(id, whole);
    known.set(key, reached);
    return reached;
  };
}

/** A step to come in words that a board shows. @param reached whom it tells by a channel; null for a broadcast's recipients */
export function toBoardStep(
  { next_step_at, recipients, acknowledged }: Pick<Row, "next_step_at" | "recipients" | "acknowledged">,
  { step: { to, channels, last_resort }, number, total, first }: StepToCome,
  reached: string[] | null,
  names: StepNames,
): BoardStep {
  const people = reached ?? [];
  return {
    at: next_step_at,
    channels: channels ?? null,
    number: number - first + 1,
    total: total - first,
    lastResort: last_resort === true,
    whom: whomOf(to),
    role: names.target(to),
    people: people.slice(0, MOST_NAMED).map(names.person),
    count: reached === null ? (recipients ?? 0) - (acknowledged ?? 0) : people.length,
  };
}

function whomOf(to: StepToCome["step"]["to"]): BoardStep["whom"] {
  if ("recipient" in to) return "recipient";
  if ("user_id" in to) return "person";
  if ("topic" in to) return "topic";
  return isPeoplesRole(to.role) ? to.role : "on_call";
}
