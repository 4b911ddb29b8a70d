import { createHash } from "node:crypto";
import pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import { must } from "../../../config/must.ts";
import { type Sealed, sealedFor, type Vault } from "../../../store/crypto/vault.ts";
import type { Redaction } from "../../../redaction/index.ts";

/** A notification as its recipient gets it. */
export interface Shown {
  notification_id: string;
  seq: number;
  message: string;
}

export const Send = z.strictObject({
  user_id: z.string(),
  territory_id: z.string(),
  priority: z.enum(["normal", "high", "critical"]).default("normal"),
  message: z.string().min(1).max(16_384),
});
export type Send = z.infer<typeof Send>;

const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** The queries, each change in a transaction with its row of the record. */
export function createStore(url: string, vault: Vault) {
  const pool = new pg.Pool({ connectionString: url, max: 10 });

  async function inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  }
  const record = (
    client: pg.PoolClient,
    actor: string,
    action: string,
    id: string,
    payload: object,
  ): Promise<unknown> => {
    const leaf = createHash("sha256")
      .update(JSON.stringify([actor, action, id, payload]))
      .digest();
    return client.query({
      name: "record",
      text: "INSERT INTO audit_events (actor, action, object_id, payload, leaf) VALUES ($1, $2, $3, $4, $5)",
      values: [actor, action, id, payload, leaf],
    });
  };
  const one = async <Row extends object>(
    name: string,
    text: string,
    values: unknown[],
  ): Promise<Row | undefined> => (await pool.query<Row & pg.QueryResultRow>({ name, text, values })).rows[0];

  return {
    service: async (secret: string): Promise<string | undefined> =>
      (
        await one<{ service_id: string }>(
          "key",
          "SELECT service_id FROM service_keys WHERE secret_hash = $1 AND revoked_at IS NULL",
          [hashOf(secret)],
        )
      )?.service_id,
    person: async (token: string): Promise<string | undefined> =>
      (
        await one<{ user_id: string }>("session", "SELECT user_id FROM sessions WHERE token_hash = $1", [
          hashOf(token),
        ])
      )?.user_id,

    async accept(service: string, { user_id, territory_id, priority, message }: Send): Promise<string> {
      const id = uuidv7();
      const sealed = vault.seal(Buffer.from(message), sealedFor({ id, territory_id }));
      await inTransaction(async (client) => {
        const { rowCount } = await client.query({
          name: "accept",
          text: `INSERT INTO sends (id, service_id, user_id, territory_id, priority, key_id, wrapped_key, sealed)
            SELECT $1, $2, id, territory_id, $5, $6, $7, $8 FROM users WHERE id = $3 AND territory_id = $4 AND disabled_at IS NULL`,
          values: [
            id,
            service,
            user_id,
            territory_id,
            priority,
            sealed.key_id,
            sealed.wrapped_key,
            sealed.sealed,
          ],
        });
        if (rowCount !== 1) throw new Error("nobody");
        await record(client, service, "notification.send", id, { user_id, priority });
      });
      return id;
    },

    async original(id: string): Promise<string> {
      const send = must(
        await one<Sealed & { id: string; territory_id: string }>(
          "original",
          "SELECT * FROM sends WHERE id = $1",
          [id],
        ),
        "send",
      );
      return vault.unseal(send, sealedFor(send)).toString();
    },

    /** Null where it is in the inbox already. */
    persist: (id: string, { text, rules }: Redaction): Promise<{ userId: string; seq: number } | null> =>
      inTransaction(async (client) => {
        const sent = await client.query({
          name: "persisted",
          text: "UPDATE sends SET status = 'persisted' WHERE id = $1 AND status = 'accepted' RETURNING *",
          values: [id],
        });
        const send = sent.rows[0];
        if (send === undefined) return null;
        const drawn = await client.query({
          name: "draw",
          text: "UPDATE users SET seq = seq + 1 WHERE id = $1 RETURNING seq",
          values: [send.user_id],
        });
        const seq = Number(must(drawn.rows[0], "person").seq);
        const { user_id, territory_id, priority } = send;
        await client.query({
          name: "notify",
          text: `INSERT INTO notifications (id, user_id, territory_id, priority, message, redaction, seq) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
          values: [id, user_id, territory_id, priority, text, rules.counts, seq],
        });
        const planned = await client.query({
          name: "plan",
          text: "INSERT INTO deliveries (notification_id, user_id, territory_id, channel) VALUES ($1, $2, $3, 'websocket') RETURNING id",
          values: [id, user_id, territory_id],
        });
        await client.query({
          name: "events",
          text: `INSERT INTO delivery_events (notification_id, delivery_id, user_id, channel, status)
            VALUES ($1, NULL, $2, NULL, 'accepted'), ($1, NULL, $2, NULL, 'sent'), ($1, $3, $2, 'websocket', 'queued')`,
          values: [id, user_id, must(planned.rows[0], "delivery").id],
        });
        await record(client, "worker", "notification.persist", id, { seq });
        return { userId: user_id, seq };
      }),

    async show(id: string): Promise<Shown> {
      const row = must(
        await one<{ id: string; seq: number; message: string }>(
          "show",
          "SELECT id, seq, message FROM notifications WHERE id = $1",
          [id],
        ),
        "notification",
      );
      return { notification_id: row.id, seq: Number(row.seq), message: row.message };
    },

    received: (userId: string, seq: number): Promise<void> =>
      inTransaction(async (client) => {
        const { rows } = await client.query({
          name: "delivered",
          text: `UPDATE deliveries SET status = 'delivered', updated_at = now() FROM notifications
            WHERE notifications.user_id = $1 AND notifications.seq = $2 AND notification_id = notifications.id
              AND deliveries.status <> 'delivered' RETURNING deliveries.id, notification_id`,
          values: [userId, seq],
        });
        const [delivery] = rows;
        if (delivery === undefined) return;
        const id = delivery.notification_id;
        await client.query({
          name: "shown",
          text: "UPDATE notifications SET status = 'delivered' WHERE id = $1 AND status = 'sent'",
          values: [id],
        });
        await client.query({
          name: "event",
          text: `INSERT INTO delivery_events (notification_id, delivery_id, user_id, channel, status) VALUES ($1, $2, $3, 'websocket', 'delivered')`,
          values: [id, delivery.id, userId],
        });
        await record(client, userId, "delivery.receive", id, { delivery_id: delivery.id });
      }),

    close: () => pool.end(),
  };
}
