import type { Knex } from "knex";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import type { EventType } from "../../store/webhooks/events.ts";
import { conflict, notFound } from "../http/errors.ts";
import { toPage } from "../http/paging.ts";
import { asAdmin } from "../middleware/admin.ts";
import { findOne } from "./hooks.ts";
import type { WebhookDeliveriesQuery, WebhookDelivery } from "./schema.ts";

interface Row {
  id: string;
  event_id: string;
  seq: number;
  type: EventType;
  notification_id: string;
  status: WebhookDelivery["status"];
  attempts: number;
  code: string | null;
  next_attempt_at: Date;
  delivered_at: Date | null;
  at: Date;
}

/** A webhook's events, for admins. @throws Problem 404 */
export interface WebhookDeliveries {
  list(
    admin: SignedInPerson,
    webhookId: string,
    query: WebhookDeliveriesQuery,
  ): Promise<{ deliveries: WebhookDelivery[]; next: string | null }>;
  /** Has an event sent again, under its id. @throws Problem 409 where it still waits, or the webhook is disabled */
  repeat(admin: SignedInPerson, webhookId: string, id: string): Promise<WebhookDelivery>;
}

export function createWebhookDeliveries(knex: Knex): WebhookDeliveries {
  return {
    list: ({ userId }, webhookId, { limit, cursor, status }) =>
      actAs(knex, `user:${userId}`, async (trx) => {
        await findOne(trx, webhookId);
        const found = withEvent(trx).where({ webhook_id: webhookId });
        if (status !== undefined) void found.where({ status });
        if (cursor !== undefined) void found.where("webhook_deliveries.seq", "<", cursor[0]);
        const rows: Row[] = await found.orderBy("webhook_deliveries.seq", "desc").limit(limit + 1);
        const { items, next } = toPage(rows, limit, ({ seq }) => [seq]);
        return { deliveries: items.map(present), next };
      }),

    repeat: (admin, webhookId, id) =>
      asAdmin(knex, admin, "webhook.repeat", async (trx) => {
        const { disabled_at } = await findOne(trx, webhookId);
        if (disabled_at !== null) throw conflict("The webhook is disabled; switch it on first.");
        const [row]: { status: string }[] = await trx("webhook_deliveries")
          .where({ id, webhook_id: webhookId })
          .forUpdate()
          .select("status");
        if (row === undefined) throw notFound();
        if (row.status === "queued") throw conflict("It waits for its next attempt already.");
        await trx("webhook_deliveries")
          .where({ id })
          .update({
            status: "queued",
            attempts: 0,
            code: null,
            first_attempt_at: null,
            delivered_at: null,
            next_attempt_at: trx.raw("clock_timestamp()"),
          });
        const [again]: Row[] = await withEvent(trx).where("webhook_deliveries.id", id);
        if (again === undefined) throw notFound();
        return {
          result: present(again),
          event: { objectId: webhookId, payload: { event_id: again.event_id } },
        };
      }),
  };
}

const withEvent = (trx: Transaction) =>
  trx("webhook_deliveries")
    .join("service_events", (on) =>
      on
        .on("service_events.service_id", "webhook_deliveries.service_id")
        .andOn("service_events.seq", "webhook_deliveries.seq"),
    )
    .select("webhook_deliveries.*", "service_events.id as event_id", "type", "notification_id", "at");

const present = (row: Row): WebhookDelivery => ({
  delivery_id: row.id,
  event_id: row.event_id,
  seq: row.seq,
  type: row.type,
  notification_id: row.notification_id,
  status: row.status,
  attempts: row.attempts,
  code: row.code,
  next_attempt_at: row.status === "queued" ? row.next_attempt_at.toISOString() : null,
  delivered_at: row.delivered_at?.toISOString() ?? null,
  at: row.at.toISOString(),
});
