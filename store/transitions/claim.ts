import type { Knex } from "knex";
import type { Category, DeliveryStatus, Priority } from "../../channels/contract.ts";
import type { Settled } from "../../channels/outcome.ts";
import { call } from "../db/transitions.ts";

/** How an attempt ended, as the workflow needs to know it; codes only. */
export interface AttemptResult {
  status: DeliveryStatus;
  /** ms after which to try again; only while `status` is `queued`. Old histories have it only where the channel asked for a wait. */
  retryAfterMs?: number | null;
  /** It waits for its time, and the channels behind it wait too. */
  held?: boolean;
  /** ms after which the next channel of its round begins; null where none is needed. Absent in old histories. */
  nextMs?: number | null;
  /** Its recipient can't be reached at all: the next step of an alert is due. */
  stepDue?: boolean;
}

/** A delivery that this attempt alone may send, until its lease is over. */
export interface Claim {
  notificationId: string;
  deliveryId: string;
  channel: string;
  /** Number of this attempt, from 1; a later attempt has a higher one. */
  attempt: number;
  /** A supervisor asked for it by the same channel: it waits for no quiet hours. */
  askedAgain: boolean;
  /** Somebody waits for its recipient's answer, and a word will do. */
  asks: boolean;
  address: string | null;
  userId: string;
  inboxId: string;
  seq: number;
  category: Category;
  priority: Priority;
  /** How urgently it is delivered: its priority, or critical where its recipient is told because nobody else answered. */
  urgency: Priority;
  title: string | null;
  message: string;
  createdAt: string;
  /** As stored; null where the person set none. */
  preferences: unknown;
  /** When it was claimed, by PostgreSQL's clock; ISO. */
  now: string;
  /** What a stand-down tells; null for every other delivery. */
  standDown: StandDown | null;
}

/** The end of what a channel brought to somebody. */
export interface StandDown {
  how: "taken" | "resolved" | "replaced" | "cancelled" | "expired" | "closed";
  /** The name of who took or closed it, or of the service that said that it is over; null where that was nobody in particular. */
  by: string | null;
  /** When what is over was created; ISO 8601. */
  toldAt: string;
  /** The delivery that brought it, and its provider's id. */
  deliveryId: string;
  providerId: string | null;
}

/** How long an attempt holds its delivery without renewing its claim. */
const LEASE = "20 seconds";

/**
 * Claims a delivery, or answers why there is nothing to send.
 * @param idempotent the channels whose provider takes the same delivery once
 * @param resolving the channels that end what they began, once its alert is over
 */
export async function claim(
  knex: Knex,
  notificationId: string,
  deliveryId: string,
  idempotent: string[],
  resolving: string[] = [],
): Promise<Claim | AttemptResult> {
  const answer = await call<{ claim: Claim } | AttemptResult>(
    knex,
    "claim",
    `worker:${notificationId}`,
    notificationId,
    deliveryId,
    idempotent,
    resolving,
    LEASE,
  );
  return "claim" in answer ? answer.claim : answer;
}

/** Keeps a claim. False when another attempt has taken the delivery, or it is settled. */
export const renew = (knex: Knex, { notificationId, deliveryId, attempt }: Claim): Promise<boolean> =>
  call(knex, "renew", `worker:${notificationId}`, deliveryId, attempt, LEASE);

/** Writes the outcome of an attempt, unless a receipt or a later attempt came before. */
export const settle = (knex: Knex, claimed: Claim, outcome: Settled): Promise<AttemptResult> =>
  write(knex, claimed, outcome);

/** Gives a claimed delivery back until `until`, as if it had not been claimed; at once where its person's wishes have changed since. */
export const hold = (knex: Knex, claimed: Claim, reason: string, until: Date): Promise<AttemptResult> =>
  write(
    knex,
    claimed,
    { status: "queued", reason, retryAfterMs: Math.max(0, until.getTime() - Date.parse(claimed.now)) },
    claimed.preferences,
  );

/** Writes the outcome of a delivery that no worker took, or whose worker was lost before it settled it. */
export const giveUp = (
  knex: Knex,
  notificationId: string,
  deliveryId: string,
  outcome: Settled,
): Promise<AttemptResult> => write(knex, { notificationId, deliveryId, attempt: null }, outcome);

function write(
  knex: Knex,
  at: { notificationId: string; deliveryId: string; attempt: number | null },
  { status, reason, providerId, retryAfterMs }: Settled,
  heldBy?: unknown,
): Promise<AttemptResult> {
  const { notificationId, deliveryId, attempt } = at;
  const outcome = [status, reason, providerId ?? null, retryAfterMs ?? null];
  return call(
    knex,
    "settle",
    `worker:${notificationId}`,
    notificationId,
    deliveryId,
    attempt,
    ...outcome,
    heldBy === undefined ? null : JSON.stringify(heldBy),
  );
}
