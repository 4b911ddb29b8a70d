import type { Knex } from "knex";
import { call } from "../db/transitions.ts";
import type { Send } from "../models/Send.ts";

/** A send on its way in. */
export type NewSend = Pick<
  Send,
  | "id"
  | "service_id"
  | "service_key_id"
  | "user_id"
  | "territory_id"
  | "role"
  | "on_call_role"
  | "topic"
  | "people"
  | "read_back"
  | "lane"
  | "category"
  | "priority"
  | "channels"
  | "replaces"
> &
  Partial<Pick<Send, "channel_terms" | "traceparent">> &
  Pick<
    Send,
    "send_at" | "expires_at" | "escalation_policy_id" | "body_hash" | "idempotency_hash" | "dedup_hash"
  > & {
    key_id: string;
    wrapped_key: Buffer;
    sealed: Buffer;
    /** It is for the fallback of its on-call role's schedule, which the record says. */
    gap?: true;
  };

/** How a call ended: `nobody` where the send would reach no active person, `too_late` where only a repeat could be answered. */
export type AcceptAnswer =
  | { kind: "accepted" | "replayed"; id: string }
  | { kind: "reused" | "nobody" | "no_topic" | "no_policy" | "nothing_to_replace" | "too_late" };

/**
 * Takes a send in, or answers an earlier call with the same key.
 * @param leadMs how long the relay leaves the send to the node that took it in
 * @param repeatOnly the send's times are past, or nobody has its role or is of its topic, so it is good only as a repeat of an earlier call
 * @throws PostgreSQL 55P03 when the first call with its key is still at work after a second
 */
export function accept(
  knex: Knex,
  { service_id, wrapped_key, sealed, body_hash, idempotency_hash, dedup_hash, ...row }: NewSend,
  leadMs: number,
  repeatOnly: boolean,
): Promise<AcceptAnswer> {
  const bytes = [wrapped_key, sealed, body_hash, idempotency_hash, dedup_hash];
  return call(knex, "accept", service_id, JSON.stringify(row), ...bytes, leadMs, repeatOnly);
}

/** A send on its way in: how long the relay leaves it to its node, and whether it is good only as a repeat, as for `accept`. */
export interface NewSendOfMany {
  row: NewSend;
  leadMs: number;
  repeatOnly: boolean;
}

/**
 * Takes sends of one service in, in one call; answers each as `accept` does, in their order. `in_flight`: the first call with its key is still at
 * work after a second.
 */
export function acceptEach(
  knex: Knex,
  serviceId: string,
  sends: NewSendOfMany[],
): Promise<(AcceptAnswer | { kind: "in_flight" })[]> {
  const text = (bytes: Buffer | null): string | null => bytes?.toString("base64") ?? null;
  const given = sends.map(({ row, leadMs, repeatOnly }) => {
    const { wrapped_key, sealed, body_hash, idempotency_hash, dedup_hash, service_id: _, ...send } = row;
    return {
      send,
      wrapped_key: text(wrapped_key),
      sealed: text(sealed),
      body_hash: text(body_hash),
      idempotency_hash: text(idempotency_hash),
      dedup_hash: text(dedup_hash),
      lead_ms: leadMs,
      repeat_only: repeatOnly,
    };
  });
  return call(knex, "accept_each", serviceId, JSON.stringify(given));
}
