import { findRules, stepDue } from "../../store/notifications/escalation.ts";
import type { Transaction } from "../../store/db/knex.ts";
import type { Send } from "../../store/models/Send.ts";
import type { NewNotification } from "./enqueue.ts";
import type { Redaction } from "./redact.ts";

/** What a send becomes in an inbox, whoever's it is; one whose time is over arrives expired, and escalates to nobody. */
export async function arrivalOf(
  trx: Transaction,
  send: Send,
  { title, message, rules }: Redaction,
): Promise<Omit<NewNotification, "id" | "user_id">> {
  const { id: send_id, service_id, territory_id, category, priority, lane, expires_at } = send;
  const expired = expires_at !== null && expires_at <= new Date();
  const escalation = expired ? null : await findRules(trx, send);
  return {
    ...{ send_id, service_id, territory_id, category, priority, lane },
    ...{ title, message, expires_at, escalation },
    redaction: rules,
    status: expired ? "expired" : "sent",
    created_at: send.send_at ?? send.created_at,
    escalated_from: null,
    next_step_at: escalation === null ? null : stepDue(escalation, 0, new Date()),
  };
}
