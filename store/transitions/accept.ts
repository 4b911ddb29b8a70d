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
  | "read_back"
  | "lane"
  | "category"
  | "priority"
  | "channels"
  | "replaces"
> &
  Pick<
    Send,
    "send_at" | "expires_at" | "escalation_policy_id" | "body_hash" | "idempotency_hash" | "dedup_hash"
  > & {
    key_id: string;
    wrapped_key: Buffer;
    sealed: Buffer;
  };

/** How a call ended: `nobody` where the send would reach no active person, `too_late` where only a repeat could be answered. */
export type AcceptAnswer =
  | { kind: "accepted" | "replayed"; id: string }
  | { kind: "reused" | "nobody" | "no_policy" | "nothing_to_replace" | "too_late" };

/**
 * Takes a send in, or answers an earlier call with the same key.
 * @param leadMs how long the relay leaves the send to the node that took it in
 * @param repeatOnly the send's times are past, or nobody has its role, so it is good only as a repeat of an earlier call
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
