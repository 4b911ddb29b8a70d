import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import type { Original } from "../../store/crypto/original.ts";
import type { Lane } from "../../channels/contract.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor, isPostgresError, type Transaction } from "../../store/db/knex.ts";
import { EscalationPolicy } from "../../store/models/EscalationPolicy.ts";
import { Membership } from "../../store/models/User.ts";
import { Send } from "../../store/models/Send.ts";
import { sealedFor, type Vault } from "../../store/crypto/vault.ts";
import type { InstallationKey } from "../../store/crypto/secrets.ts";
import type { ServiceIdentity } from "../../store/people/services.ts";
import { checkTimes } from "./bounds.ts";
import { forbidden, inFlight, invalid, keyReused } from "../http/errors.ts";
import type { SendBody } from "./schema.ts";

/** How long the relay leaves a new send to the node that took it; ms. The relay takes sends in bulk from the start. */
const HEAD_START = 2_000;
const headStart = ({ lane, user_id }: Intake): number =>
  lane === "bulk" && user_id !== null ? 0 : HEAD_START;

/** How long a repeat waits for the call that used its Idempotency-Key first; ms. */
const REPEAT_WAIT = 1_000;

/** A send to one person, or (user null) to everybody of a territory, or to those with a role in it. */
export type Intake = Omit<SendBody, "user_id"> & { user_id: string | null; role: string | null; lane: Lane };

/** An accepted send: durable. `replayed` when an earlier call with the same key and body had been accepted. */
export interface Accepted {
  id: string;
  replayed: boolean;
}

export interface AcceptDeps {
  knex: Knex;
  vault: Vault;
  secrets: InstallationKey;
}

/**
 * Takes a send in: one transaction writes it, sealed, with its record.
 * @throws Problem 403 territory outside the key; 422 recipient unknown there, or key used with another body; 409 the
 * first call with this key is still at work.
 */
export function createAccept({ knex, vault, secrets }: AcceptDeps) {
  return async function accept(
    service: ServiceIdentity,
    body: Intake,
    raw: unknown,
    idempotencyKey: string | undefined,
  ): Promise<Accepted> {
    const actor: Actor = `service:${service.serviceId}`;
    const bodyHash = secrets.mac("send body", canonical(raw));
    if (!service.territories.has(body.territory_id))
      throw forbidden("This key may not send to that territory.");

    const row = seal(vault, service, body, bodyHash);
    if (idempotencyKey !== undefined) row.idempotency_hash = secrets.mac("idempotency key", idempotencyKey);
    try {
      return await actAs(knex, actor, async (trx) => {
        if (idempotencyKey !== undefined)
          await trx.raw("SELECT set_config('lock_timeout', ?, true)", [`${REPEAT_WAIT}ms`]);
        const accepted =
          (await replay(trx, row)) ?? (await insert(trx, actor, row)) ?? (await replay(trx, row));
        if (accepted === null) throw inFlight();
        return accepted;
      });
    } catch (error) {
      if (isPostgresError(error, "55P03")) throw inFlight();
      throw error;
    }
  };
}

type NewSend = Pick<Send, "id" | "territory_id" | "user_id" | "service_id" | "body_hash"> & Partial<Send>;

function seal(vault: Vault, { serviceId }: ServiceIdentity, body: Intake, body_hash: Buffer): NewSend {
  const id = uuidv7();
  const created_at = new Date();
  const { user_id, territory_id, role, lane, category, priority } = body;
  const original: Original = {
    title: body.title ?? null,
    message: body.message,
    known: body.known,
    metadata: body.metadata,
  };
  return {
    id,
    service_id: serviceId,
    user_id,
    territory_id,
    role,
    lane,
    category,
    priority,
    channels: body.channels ?? null,
    send_at: body.send_at ?? null,
    expires_at: body.expires_at ?? null,
    escalation_policy_id: body.escalation_policy_id ?? null,
    idempotency_hash: null,
    body_hash,
    created_at,
    next_start_at: new Date(Math.max(created_at.getTime(), body.send_at?.getTime() ?? 0) + headStart(body)),
    ...vault.seal(Buffer.from(JSON.stringify(original), "utf8"), sealedFor({ id, territory_id })),
  };
}

/** Null when a send with the same key was committed meanwhile; waits for one whose transaction is open. */
async function insert(trx: Transaction, actor: Actor, row: NewSend): Promise<Accepted | null> {
  const { id, user_id, territory_id } = row;
  checkTimes(row);
  const recipients = await countRecipients(trx, row);
  if (recipients === 0) {
    const path = user_id === null ? "/role" : "/user_id";
    throw invalid([
      {
        path,
        message: user_id === null ? "nobody has it in that territory" : "is not a person of that territory",
      },
    ]);
  }
  await refuseUnknownPolicy(trx, row);
  const inserted = await trx("sends")
    .insert({ ...row, recipients: user_id === null ? recipients : null })
    .onConflict(["service_id", "idempotency_hash"])
    .ignore()
    .returning("id");
  if (inserted.length === 0) return null;
  await record(trx, actor, {
    action: "notification.send",
    outcome: "ok",
    territoryId: territory_id,
    objectId: id,
    payload: { user_id, category: row.category ?? null, priority: row.priority ?? null },
  });
  return { id, replayed: false };
}

/** How many people of the territory it is for. */
async function countRecipients(trx: Transaction, { user_id, territory_id, role }: NewSend): Promise<number> {
  const members = Membership.query(trx).where({ territory_id });
  if (user_id !== null) return (await members.findOne({ user_id })) === undefined ? 0 : 1;
  if (typeof role === "string") void members.where({ role });
  const [counted] = await members.countDistinct("user_id").castTo<{ count: number }[]>();
  return counted?.count ?? 0;
}

/** @throws Problem 422 when the escalation policy is deleted, of another territory, or none at all. */
async function refuseUnknownPolicy(
  trx: Transaction,
  { escalation_policy_id, territory_id }: NewSend,
): Promise<void> {
  if (!escalation_policy_id) return;
  const standing = EscalationPolicy.query(trx).findById(escalation_policy_id).where({ territory_id });
  if ((await standing.whereNull("deleted_at")) === undefined) {
    throw invalid([{ path: "/escalation_policy_id", message: "is not a policy of that territory" }]);
  }
}

/** The answer that an earlier call with the same key got; null when there was none. */
async function replay(
  trx: Transaction,
  { service_id, idempotency_hash, body_hash }: NewSend,
): Promise<Accepted | null> {
  if (!idempotency_hash) return null;
  const first = await Send.query(trx).findOne({ service_id, idempotency_hash }).select("id", "body_hash");
  if (first === undefined) return null;
  if (!body_hash.equals(first.body_hash)) throw keyReused();
  return { id: first.id, replayed: true };
}

/** JSON with sorted keys: the same content is the same text, however it was laid out. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
