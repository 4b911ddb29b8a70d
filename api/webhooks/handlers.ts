import { actAs } from "../../store/db/knex.ts";
import { liveSecrets } from "../../store/webhooks/secrets.ts";
import { inMilliseconds, placeInTime, toPage } from "../http/paging.ts";
import type { Handlers } from "../http/route.ts";
import { createWebhookDeliveries } from "./deliveries.ts";
import { createWebhooks, type KeptWebhook, type MadeWebhook, standing } from "./hooks.ts";
import { createPing, type PingDeps } from "./ping.ts";
import type { webhooks } from "./routes.ts";
import type { Webhook } from "./schema.ts";

const MOMENT = inMilliseconds("created_at");

/** Answers the calls under /api/webhooks. */
export function webhookHandlers(deps: PingDeps): Handlers<typeof webhooks> {
  const { knex } = deps;
  const hooks = createWebhooks(deps);
  const deliveries = createWebhookDeliveries(knex);
  const ping = createPing(deps);
  const made = (webhook: MadeWebhook) => ({
    status: 201 as const,
    headers: { Location: `/api/webhooks/${webhook.row.id}` },
    body: { ...present(webhook), secret: webhook.secret },
  });

  return {
    list: async ({ caller, query: { limit, cursor, service } }) => {
      const { items, next } = await actAs(knex, `user:${caller.userId}`, async (trx) => {
        const found = standing(trx);
        if (service !== undefined) void found.where({ service_id: service });
        if (cursor !== undefined) void found.whereRaw(`(${MOMENT}, id) < (?, ?)`, [cursor.at, cursor.id]);
        const rows = await found.orderByRaw(`${MOMENT} DESC, id DESC`).limit(limit + 1);
        const page = toPage(rows, limit, placeInTime);
        const kept: KeptWebhook[] = [];
        for (const row of page.items) kept.push({ row, secrets: await liveSecrets(trx, row.id) });
        return { ...page, items: kept };
      });
      return { status: 200, body: { webhooks: items.map(present), next } };
    },
    create: async ({ caller, body }) => made(await hooks.create(caller, body)),
    read: async ({ caller, params }) => ({ status: 200, body: present(await hooks.find(caller, params.id)) }),
    change: async ({ caller, params, body }) => ({
      status: 200,
      body: present(await hooks.change(caller, params.id, body)),
    }),
    rotate: async ({ caller, params, body }) =>
      made(await hooks.rotate(caller, params.id, body.overlap_hours)),
    remove: async ({ caller, params }) => {
      await hooks.remove(caller, params.id);
      return { status: 204 };
    },
    ping: async ({ caller, params }) => ({ status: 200, body: await ping(caller, params.id) }),
    deliveries: async ({ caller, params, query }) => ({
      status: 200,
      body: await deliveries.list(caller, params.id, query),
    }),
    repeat: async ({ caller, params }) => ({
      status: 200,
      body: await deliveries.repeat(caller, params.id, params.delivery),
    }),
  };
}

/** A webhook as admins see it: never a secret. */
const present = ({ row, secrets }: KeptWebhook): Webhook => ({
  webhook_id: row.id,
  service_id: row.service_id,
  url: row.url,
  types: row.types,
  state: row.disabled_at !== null ? "disabled" : row.failing_since !== null ? "failing" : "live",
  failing_since: row.failing_since?.toISOString() ?? null,
  disabled_at: row.disabled_at?.toISOString() ?? null,
  disabled_reason: row.disabled_reason,
  created_at: row.created_at.toISOString(),
  secrets: secrets.map(({ created_at, expires_at }) => ({
    created_at: created_at.toISOString(),
    expires_at: expires_at?.toISOString() ?? null,
  })),
});
