import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { bareHost } from "../../channels/hosts.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { Service } from "../../store/models/Service.ts";
import { Webhook, WebhookSecret } from "../../store/models/Webhook.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { openFeedFor } from "../../store/webhooks/feed.ts";
import { liveSecrets, makeSecret } from "../../store/webhooks/secrets.ts";
import { conflict, invalid, notFound } from "../http/errors.ts";
import { asAdmin } from "../middleware/admin.ts";
import type { NewWebhook, WebhookChange } from "./schema.ts";

const HOUR = 3_600_000;
/** Of a service: each of its events goes to all of them. */
const MOST_WEBHOOKS = 5;
/** While one is rotated. */
const LIVE_SECRETS = 2;

/** A webhook with the secrets that sign its messages now, the newest first. */
export interface KeptWebhook {
  row: Webhook;
  secrets: WebhookSecret[];
}
/** With a secret that nobody sees again. */
export interface MadeWebhook extends KeptWebhook {
  secret: string;
}

/** Admins' acts on webhooks. Each goes on record, refused ones too. @throws Problem 403, 404, 409, 422 */
export interface Webhooks {
  create(admin: SignedInPerson, webhook: NewWebhook): Promise<MadeWebhook>;
  change(admin: SignedInPerson, id: string, change: WebhookChange): Promise<KeptWebhook>;
  rotate(admin: SignedInPerson, id: string, overlapHours: number): Promise<MadeWebhook>;
  remove(admin: SignedInPerson, id: string): Promise<void>;
  find(admin: SignedInPerson, id: string): Promise<KeptWebhook>;
}

export interface WebhooksDeps {
  knex: Knex;
  vault: Vault;
  privateHosts: string[];
}

export function createWebhooks({ knex, vault, privateHosts }: WebhooksDeps): Webhooks {
  const inside = new Set(privateHosts.map(bareHost));
  /** @throws Problem 422 */
  function checkUrl(text: string): void {
    const { protocol, hostname } = new URL(text);
    if (protocol !== "https:" && !inside.has(bareHost(hostname)))
      throw invalid([{ path: "/url", message: "must be https, unless CHANNEL_PRIVATE_HOSTS has the host" }]);
  }

  return {
    create: (admin, { service_id, url, types }) =>
      asAdmin(knex, admin, "webhook.create", async (trx) => {
        checkUrl(url);
        const service = await Service.query(trx).findById(service_id);
        if (service === undefined || service.disabled_at !== null)
          throw invalid([{ path: "/service_id", message: "is not a service, or is disabled" }]);
        const others = await standing(trx).where({ service_id }).resultSize();
        if (others >= MOST_WEBHOOKS)
          throw conflict(`The service has ${MOST_WEBHOOKS} webhooks already; remove one first.`);
        await openFeedFor(trx, service_id);
        const row = await Webhook.query(trx).insertAndFetch({ id: uuidv7(), service_id, url, types });
        const made = await makeSecret(trx, vault, row.id);
        return { result: { row, secrets: [made.row], secret: made.secret }, event: eventOf(row) };
      }),

    change: (admin, id, { url, types, disabled }) =>
      asAdmin(knex, admin, "webhook.update", async (trx) => {
        if (url !== undefined) checkUrl(url);
        const before = await findOne(trx, id);
        const begins = disabled === false && before.disabled_at !== null;
        if (begins && (await serviceIsDisabled(trx, before))) throw conflict("Its service is disabled.");
        if (begins) await openFeedFor(trx, before.service_id);
        const ends = disabled === true && before.disabled_at === null;
        const patch: Partial<Webhook> = {
          ...(url === undefined ? {} : { url }),
          ...(types === undefined ? {} : { types }),
          ...(ends ? { disabled_at: new Date(), disabled_reason: "by_admin" } : {}),
          ...(begins ? { disabled_at: null, disabled_reason: null, told_at: null } : {}),
          // Another address, or another try, owes nothing to the failures before.
          ...(begins || url !== undefined ? { failing_since: null, failures: 0, paused_until: null } : {}),
        };
        const isSame = Object.keys(patch).length === 0;
        const row = isSame ? before : await Webhook.query(trx).patchAndFetchById(id, patch);
        return { result: { row, secrets: await liveSecrets(trx, id) }, event: eventOf(row) };
      }),

    rotate: (admin, id, overlapHours) =>
      asAdmin(knex, admin, "webhook.rotate", async (trx) => {
        const row = await findOne(trx, id);
        const old = await liveSecrets(trx, id);
        if (old.length >= LIVE_SECRETS && overlapHours > 0)
          throw conflict(
            "It has two secrets already: wait until the older one ends, or give overlap_hours 0.",
          );
        await WebhookSecret.query(trx)
          .patch({ expires_at: new Date(Date.now() + overlapHours * HOUR) })
          .whereIn(
            "id",
            old.map((secret) => secret.id),
          );
        const { secret } = await makeSecret(trx, vault, id);
        return { result: { row, secrets: await liveSecrets(trx, id), secret }, event: eventOf(row) };
      }),

    remove: (admin, id) =>
      asAdmin(knex, admin, "webhook.delete", async (trx) => {
        const row = await findOne(trx, id);
        await Webhook.query(trx).findById(id).patch({ deleted_at: new Date() });
        await WebhookSecret.query(trx).where({ webhook_id: id }).delete();
        return { result: undefined, event: eventOf(row) };
      }),

    find: ({ userId }, id) =>
      actAs(knex, `user:${userId}`, async (trx) => ({
        row: await findOne(trx, id),
        secrets: await liveSecrets(trx, id),
      })),
  };
}

/** Those that were not removed. */
export const standing = (trx: Transaction) => Webhook.query(trx).whereNull("deleted_at");

/** @throws Problem 404 */
export async function findOne(trx: Transaction, id: string): Promise<Webhook> {
  const found = await standing(trx).findById(id);
  if (found === undefined) throw notFound();
  return found;
}

async function serviceIsDisabled(trx: Transaction, { service_id }: Webhook): Promise<boolean> {
  return (await Service.query(trx).findById(service_id))?.disabled_at !== null;
}

/** The address may hold a token: the record has its host alone. */
const eventOf = ({ id, service_id, url, types, disabled_at }: Webhook) => ({
  objectId: id,
  payload: { service_id, host: new URL(url).host, types, disabled: disabled_at !== null },
});
