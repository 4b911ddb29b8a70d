import type { Knex } from "knex";
import type { z } from "zod";
import { LIVE_KEYS } from "../../channels/contract.ts";
import type { Json } from "../../store/audit/record.ts";
import type { KeySecrets } from "../../store/people/key-secrets.ts";
import { isLive, lockLiveKeys, makeKey, type Scope } from "../../store/people/keys.ts";
import type { Transaction } from "../../store/db/knex.ts";
import { Service, ServiceKey } from "../../store/models/Service.ts";
import { missingTerritories } from "../../store/people/people.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, invalid, notFound } from "../http/errors.ts";
import { asAdmin } from "../middleware/admin.ts";
import type { KeyChange, NewKey, Rotation } from "./schema.ts";

const HOUR = 3_600_000;

/** A new key with its secret, which nobody sees again. */
export interface Made {
  row: ServiceKey;
  secret: string;
}

/** Admins' acts on the keys of services. */
export interface Keyring {
  create(admin: SignedInPerson, key: z.output<typeof NewKey>): Promise<Made>;
  /** Makes a key with the scope of the old one; the old one stays good for the overlap. */
  rotate(admin: SignedInPerson, id: string, rotation: z.output<typeof Rotation>): Promise<Made>;
  change(admin: SignedInPerson, id: string, change: z.output<typeof KeyChange>): Promise<ServiceKey>;
  revoke(admin: SignedInPerson, id: string): Promise<void>;
}

export function createKeyring(knex: Knex, secrets: Pick<KeySecrets, "make">): Keyring {
  return {
    create: (admin, { service_id, territory_ids, subject_origins, expires_at }) =>
      asAdmin(knex, admin, "key.create", async (trx) => {
        const service = await Service.query(trx).findById(service_id);
        if (service === undefined || service.disabled_at !== null)
          throw invalid([{ path: "/service_id", message: "is not a service, or is disabled" }]);
        await requireTerritories(trx, territory_ids);
        const scope = {
          territoryIds: territory_ids,
          subjectOrigins: subject_origins,
          expiresAt: expires_at ?? null,
        };
        return await make(trx, service_id, scope, secrets);
      }),

    rotate: (admin, id, { overlap_hours, expires_at }) =>
      asAdmin(knex, admin, "key.rotate", async (trx) => {
        const old = await find(trx, id);
        if (!isLive(old)) throw conflict("This key has ended already; make a new one.");
        const scope = {
          territoryIds: old.territory_ids,
          subjectOrigins: old.subject_origins,
          expiresAt: expires_at ?? null,
        };
        const made = await make(trx, old.service_id, scope, secrets);
        const end = new Date(Date.now() + overlap_hours * HOUR);
        if (old.expires_at === null || old.expires_at > end)
          await ServiceKey.query(trx).findById(id).patch({ expires_at: end });
        return { ...made, event: { ...made.event, payload: { ...made.event.payload, replaces: id } } };
      }),

    change: (admin, id, { territory_ids, subject_origins, expires_at }) =>
      asAdmin(knex, admin, "key.update", async (trx) => {
        const before = await find(trx, id);
        if (!isLive(before)) throw conflict("This key has ended; make a new one.");
        if (territory_ids !== undefined) await requireTerritories(trx, territory_ids);
        const result = await ServiceKey.query(trx).patchAndFetchById(id, {
          territory_ids: [...new Set(territory_ids ?? before.territory_ids)],
          subject_origins: [...new Set(subject_origins ?? before.subject_origins)],
          expires_at: expires_at === undefined ? before.expires_at : expires_at,
        });
        return { result, event: { objectId: id, payload: payloadOf(result) } };
      }),

    revoke: (admin, id) =>
      asAdmin(knex, admin, "key.revoke", async (trx) => {
        const { revoked_at } = await find(trx, id);
        await ServiceKey.query(trx)
          .findById(id)
          .patch({ revoked_at: revoked_at ?? new Date() });
        return { result: undefined, event: { objectId: id } };
      }),
  };
}

async function make(trx: Transaction, serviceId: string, scope: Scope, secrets: Pick<KeySecrets, "make">) {
  const live = await lockLiveKeys(trx, serviceId);
  if (live.length >= LIVE_KEYS) {
    const ids = live.map(({ id }) => id).join(" and ");
    throw conflict(`The service has ${LIVE_KEYS} keys that are good, ${ids}: revoke one of them first.`);
  }
  const result = await makeKey(trx, serviceId, scope, secrets);
  const payload = { service_id: serviceId, ...payloadOf(result.row) };
  return { result, event: { objectId: result.row.id, payload } };
}

/** What a key opens, as the record says it. */
const payloadOf = ({ territory_ids, subject_origins }: ServiceKey): Record<string, Json> => ({
  territories: territory_ids,
  ...(subject_origins.length > 0 ? { subject_origins } : {}),
});

async function requireTerritories(trx: Transaction, ids: string[]): Promise<void> {
  const missing = await missingTerritories(trx, ids);
  const faults = ids.flatMap((id, index) =>
    missing.has(id)
      ? [{ path: `/territory_ids/${index}`, message: "is not a territory, or is archived" }]
      : [],
  );
  if (faults.length > 0) throw invalid(faults);
}

async function find(trx: Transaction, id: string): Promise<ServiceKey> {
  const found = await ServiceKey.query(trx).findById(id);
  if (found === undefined) throw notFound();
  return found;
}
