import type { Knex } from "knex";
import { actAs, type Actor, switchActor, type Transaction } from "../db/knex.ts";
import { DeliveryEvent } from "../models/DeliveryEvent.ts";
import { Notification } from "../models/Notification.ts";
import { Service } from "../models/Service.ts";
import { Territory } from "../models/User.ts";
import { type StepToCome, stepsToCome } from "../transitions/steps-to-come.ts";
import { type BoardStep, MOST_NAMED, type ReachedBy, toBoardStep } from "./board.ts";
import { findStepNames, type Named } from "./step-names.ts";

/** People of one alert who are named, and moments that are told: those of an alert that comes again and again are many. */
const MOST_TOLD = 100;
const MOST_MOMENTS = 500;
/** Steps to come that are told. */
const MOST_STEPS = 10;

/** Somebody who has it in the inbox, and what they did with it. */
export interface Told extends Named {
  /** Their own notification: the first one, or a copy. */
  notificationId: string;
  at: Date;
  seenAt: Date | null;
  /** When they acknowledged themselves; what a colleague's acknowledgement closed is no answer of theirs. */
  acknowledgedAt: Date | null;
  note: string | null;
  declinedAt: Date | null;
  /** For supervisors, and for whoever declined. */
  declineReason: string | null;
}

/** Something that happened to one person's notification of an alert, or, where nobody is named, to the alert. */
export interface Moment extends Pick<
  DeliveryEvent,
  "notification_id" | "channel" | "status" | "reason" | "attempt" | "at"
> {
  person: Named | null;
}

/** How an alert went from its sending on, and how it goes on. */
export interface Story {
  own: Notification;
  /** The notification, or the one that it is a copy of, or the alert of its broadcast; its workflow has this id. */
  rootId: string;
  sender: string | null;
  territory: Named;
  recipient: Named | null;
  /** Whether it is in the reader's own inbox. */
  isOwn: boolean;
  supervised: boolean;
  told: Told[];
  toldCount: number;
  /** The oldest first. */
  moments: Moment[];
  /** Who ended it unacknowledged, and why, redacted; for supervisors alone. */
  closed: { by: Named; reason: string } | null;
  /** What comes unless somebody acknowledges; none where nobody has to, or somebody did. */
  steps: BoardStep[];
}

interface Family extends Pick<
  Notification,
  | "id"
  | "user_id"
  | "created_at"
  | "seen_at"
  | "acknowledged_at"
  | "acknowledged_by"
  | "acknowledge_note"
  | "declined_at"
  | "decline_reason"
> {
  total: number;
}

/**
 * The story of a notification, for its recipient and the supervisors of its territory; null for everybody else. Whoever was told reads of the others that they
 * were told, saw it, answered: what kept a channel from reaching a colleague is for supervisors.
 * @param reachedBy whom a step tells by a channel, as the escalation itself judges it
 */
export function readStory(
  knex: Knex,
  userId: string,
  id: string,
  reachedBy: ReachedBy,
): Promise<Story | null> {
  const viewer: Actor = `user:${userId}`;
  return actAs(knex, viewer, async (trx) => {
    const own = await Notification.query(trx).findById(id);
    if (own === undefined) return null;
    const supervised = await supervises(trx, own.territory_id);
    if (own.user_id !== userId && !supervised) return null;
    const ofDigest = own.digest === null ? [] : await momentsOf(trx, [own.digest]);
    const rootId = own.escalated_from ?? own.send_id;
    const worker: Actor = `worker:${rootId}`;
    await switchActor(trx, worker);
    const root = rootId === id ? own : ((await Notification.query(trx).findById(rootId)) ?? own);
    const family = await familyOf(trx, rootId, id);
    const events = await momentsOf(trx, [...new Set([id, rootId, ...family.map((one) => one.id)])]);
    const service = await Service.query(trx).findById(own.service_id).select("name");
    const territory = await Territory.query(trx).findById(own.territory_id).select("name");
    const coming = await stepsOf(trx, worker, root, reachedBy);
    const ids = [
      root.user_id,
      own.user_id,
      root.closed_by,
      ...family.flatMap((one) => [one.user_id, one.acknowledged_by]),
    ];
    const names = await findStepNames(
      trx,
      worker,
      own.territory_id,
      coming.map(({ step }) => step.step.to),
      [...ids, ...coming.flatMap(({ reached }) => reached?.slice(0, MOST_NAMED) ?? [])].filter(
        (one) => one !== null,
      ),
    );
    const named = names.person;
    const { recipients, acknowledged } = root;
    return {
      own,
      rootId,
      sender: service?.name ?? null,
      territory: { id: own.territory_id, name: territory?.name ?? own.territory_id },
      recipient: root.user_id === null ? null : named(root.user_id),
      isOwn: own.user_id === userId,
      supervised,
      told: family.map((one) => toldOf(one, named, supervised || one.user_id === userId)),
      toldCount: family[0]?.total ?? 0,
      moments: [...ofDigest, ...events]
        .filter((event) => supervised || event.user_id === userId || isForAll(event))
        .toSorted((a, b) => a.id - b.id)
        .slice(-MOST_MOMENTS)
        .map((event) => momentOf(event, named)),
      closed:
        supervised && root.closed_by !== null && root.closed_reason !== null
          ? { by: named(root.closed_by), reason: root.closed_reason }
          : null,
      steps: coming.map(({ step, at, reached }) =>
        toBoardStep({ recipients, acknowledged, next_step_at: at }, step, reached, names),
      ),
    };
  });
}

async function supervises(trx: Transaction, territoryId: string): Promise<boolean> {
  const { rows } = await trx.raw<{ rows: { found: boolean }[] }>(
    "SELECT ? = ANY ((SELECT supervised_territories())::text[]) AS found",
    [territoryId],
  );
  return rows[0]?.found === true;
}

/** Everybody who has the alert, in the order in which they were told; of a broadcast this person and those to whom its alert escalated. */
async function familyOf(trx: Transaction, rootId: string, id: string): Promise<Family[]> {
  const { rows } = await trx.raw<{ rows: Family[] }>(
    `SELECT id, user_id, created_at, seen_at, acknowledged_at, acknowledged_by, acknowledge_note, declined_at, decline_reason,
       count(*) OVER () AS total
     FROM notifications WHERE (id IN (?, ?) OR escalated_from = ?) AND user_id IS NOT NULL ORDER BY created_at, id LIMIT ${MOST_TOLD}`,
    [rootId, id, rootId],
  );
  return rows;
}

/** The newest moments of some notifications. */
const momentsOf = (trx: Transaction, ids: string[]): PromiseLike<DeliveryEvent[]> =>
  DeliveryEvent.query(trx).whereIn("notification_id", ids).orderBy("id", "desc").limit(MOST_MOMENTS);

/** What a colleague does with their own copy alone: no matter of the others who have the alert. */
const THEIR_OWN: ReadonlySet<string> = new Set([
  "revealed",
  "dismissed",
  "restored",
  "snoozed",
  "woken",
  "unread",
]);

/** Whether a moment of a colleague's notification is told to everybody who has the alert: they were told, or answered. */
const isForAll = ({ channel, status }: DeliveryEvent): boolean =>
  status === "accepted" ||
  status === "delivered" ||
  (channel === null && !THEIR_OWN.has(status)) ||
  isAnswer(status);

/** An answer may come by a channel outside. */
const isAnswer = (status: string): boolean => status === "acknowledged" || status === "declined";

const momentOf = (event: DeliveryEvent, named: (id: string) => Named): Moment => ({
  notification_id: event.notification_id,
  channel: event.channel,
  status: event.status,
  reason: event.reason,
  attempt: event.attempt,
  at: event.at,
  person: event.user_id === null ? null : named(event.user_id),
});

function toldOf(one: Family, named: (id: string) => Named, whole: boolean): Told {
  const themself = one.acknowledged_by === one.user_id;
  return {
    ...named(one.user_id),
    notificationId: one.id,
    at: one.created_at,
    seenAt: one.seen_at,
    acknowledgedAt: themself ? one.acknowledged_at : null,
    note: themself ? one.acknowledge_note : null,
    declinedAt: one.declined_at,
    declineReason: whole ? one.decline_reason : null,
  };
}

/** The steps of an alert that are to come, when, if each is late by nothing, and whom each would tell by a channel if it came now. */
async function stepsOf(trx: Transaction, worker: Actor, root: Notification, reachedBy: ReachedBy) {
  const coming: { step: StepToCome; at: Date; reached: string[] | null }[] = [];
  for (let at = root.next_step_at; at !== null && coming.length < MOST_STEPS;) {
    const step = (await stepsToCome(trx, worker, [root.id], coming.length)).get(root.id);
    if (step === undefined) break;
    const { category, priority, user_id: recipient } = root;
    const { targets } = step;
    const reached =
      targets === null ? null : reachedBy(root.id, { ...step, category, priority, recipient, targets });
    coming.push({ step, at, reached });
    if (step.step.last_resort === true) break;
    at = new Date(at.getTime() + 1_000 * step.nextSeconds);
  }
  return coming;
}
