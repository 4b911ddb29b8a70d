import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import { createPoster } from "../../node/webhooks/post.ts";
import type { Logger } from "../../config/log.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { liveSecrets, openSecret } from "../../store/webhooks/secrets.ts";
import { asAdmin } from "../middleware/admin.ts";
import { createOneByOne } from "../middleware/one-by-one.ts";
import { findOne } from "./hooks.ts";
import type { PingResult } from "./schema.ts";
import type { z } from "zod";

/** Pings of one admin that go on or wait. */
const MOST_AT_ONCE = 3;

export interface PingDeps {
  knex: Knex;
  vault: Vault;
  privateHosts: string[];
  log: Logger;
}

/** Sends a signed message of no event to a webhook, disabled or not, on record; answers how that went. */
export function createPing({ knex, vault, privateHosts, log }: PingDeps) {
  const post = createPoster({ privateHosts, log });
  const oneByOne = createOneByOne(MOST_AT_ONCE);
  return async (admin: SignedInPerson, id: string): Promise<z.output<typeof PingResult>> =>
    await oneByOne(admin.userId, async () => {
      // The record is written before anything leaves.
      const { url, keys } = await asAdmin(knex, admin, "webhook.ping", async (trx) => {
        const row = await findOne(trx, id);
        const secrets = await liveSecrets(trx, id);
        const result = { url: row.url, keys: secrets.map((secret) => openSecret(vault, secret)) };
        return { result, event: { objectId: id, payload: { service_id: row.service_id } } };
      });
      const began = performance.now();
      const at = new Date();
      const body = JSON.stringify({
        type: "webhook.ping",
        timestamp: at.toISOString(),
        data: { webhook_id: id },
      });
      const { code } = await post({ url, keys, message: { id: randomUUID(), at, body } });
      return { delivered: code === null, code, ms: Math.round(performance.now() - began) };
    });
}
