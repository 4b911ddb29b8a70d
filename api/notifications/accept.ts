import { createHash } from "node:crypto";
import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import type { Lane } from "../../channels/contract.ts";
import type { Original } from "../../store/crypto/original.ts";
import type { InstallationKey } from "../../store/crypto/secrets.ts";
import { sealedFor, type Vault } from "../../store/crypto/vault.ts";
import { actAs, isPostgresError } from "../../store/db/knex.ts";
import { onCallOf } from "../../store/people/on-call.ts";
import type { ServiceIdentity } from "../../store/people/services.ts";
import { accept as take, type NewSend } from "../../store/transitions/accept.ts";
import { forbidden, inFlight, invalid, keyReused, type Problem } from "../http/errors.ts";
import { createPause } from "../http/pause.ts";
import { checkTimes, isTooLarge } from "./bounds.ts";
import type { SendBody } from "./schema.ts";

/** How long the relay leaves a new send to the node that took it; ms. The relay takes sends in bulk from the start. */
const HEAD_START = 2_000;
const leadOf = ({ lane, user_id }: Intake): number => (lane === "bulk" && user_id !== null ? 0 : HEAD_START);

/** A send to one person, or (user null) to everybody of a territory, or to those with a role in it. */
export type Intake = Omit<SendBody, "user_id"> & {
  /** Where `to` asks for an on-call role, it is not known yet. */
  user_id: string | null;
  role: string | null;
  lane: Lane;
};

/** An accepted send: durable. `replayed` when an earlier call with the same key and body had been accepted. */
export interface Accepted {
  id: string;
  replayed: boolean;
}

export interface AcceptDeps {
  knex: Knex;
  /** For what is critical. */
  reserve: Knex;
  vault: Vault;
  secrets: InstallationKey;
}

/**
 * Takes a send in: one call writes it, sealed, with its record.
 * @throws Problem 403 territory outside the key; 422 recipient unknown there, nothing to replace there, or key used with another body; 409 the
 * first call with this key is still at work.
 */
export function createAccept({ knex, reserve, vault, secrets }: AcceptDeps) {
  return async function accept(
    service: ServiceIdentity,
    body: Intake,
    raw: unknown,
    idempotencyKey: string | undefined,
  ): Promise<Accepted> {
    const bodyHash = secrets.mac("send body", canonical(raw));
    if (!service.territories.has(body.territory_id))
      throw forbidden("This key may not send to that territory.");

    const connections = body.lane === "critical" ? reserve : knex;
    const asked = body.to === undefined ? null : await holderOf(connections, service, body, body.to.role);
    const addressed = asked === null ? body : { ...body, user_id: asked.userId };
    const row = seal(vault, service, addressed, bodyHash);
    if (body.dedup_key !== undefined)
      row.dedup_hash = dedupHash(secrets, service, body.territory_id, body.dedup_key);
    if (idempotencyKey !== undefined) row.idempotency_hash = secrets.mac("idempotency key", idempotencyKey);
    const fault = faultOf(() => checkTimes(row)) ?? asked?.fault ?? null;
    const answer = await take(connections, row, leadOf(addressed), fault !== null).catch((error: unknown) => {
      throw isPostgresError(error, "55P03") ? inFlight() : error;
    });
    switch (answer.kind) {
      case "accepted":
      case "replayed":
        return { id: answer.id, replayed: answer.kind === "replayed" };
      case "reused":
        throw keyReused();
      case "too_late":
        throw fault;
      case "nobody":
        throw invalid([addressed.user_id === null ? NOBODY : NO_PERSON]);
      case "nothing_to_replace":
        throw invalid([{ path: "/replaces", message: "is no notification that this service sent there" }]);
      case "no_policy":
        throw invalid([{ path: "/escalation_policy_id", message: "is not a policy of that territory" }]);
    }
  };
}

/** What names a problem: its key, as its service uses it in a territory. */
export const dedupHash = (
  secrets: Pick<InstallationKey, "mac">,
  { serviceId }: Pick<ServiceIdentity, "serviceId">,
  territoryId: string,
  key: string,
): Buffer => secrets.mac("dedup key", JSON.stringify([serviceId, territoryId, key]));

const NOBODY = { path: "/role", message: "nobody has it in that territory" };
const NO_PERSON = { path: "/user_id", message: "is not a person of that territory, or is disabled" };

/**
 * Who has an on-call role, at the time of a send. Where nobody has, the send is good only as the repeat of an earlier call, and the fault says
 * why; its person is then no one's id.
 */
async function holderOf(
  knex: Knex,
  { serviceId }: ServiceIdentity,
  { territory_id, send_at }: Intake,
  role: string,
): Promise<{ userId: string; fault: Problem | null }> {
  const actor = `service:${serviceId}` as const;
  const holder = await actAs(knex, actor, (trx) => onCallOf(trx, actor, territory_id, role, send_at ?? null));
  if (holder !== null && holder.person !== null) return { userId: holder.person.id, fault: null };
  const message =
    holder === null
      ? "is not an on-call role of that territory"
      : "nobody who can be reached has it then, and its schedule has no fallback who can";
  return { userId: "", fault: invalid([{ path: "/to/role", message }]) };
}

/** The error that a check throws; null where it passes. */
function faultOf(check: () => void): unknown {
  try {
    check();
    return null;
  } catch (error) {
    return error;
  }
}

function seal(vault: Vault, { serviceId, keyId }: ServiceIdentity, body: Intake, body_hash: Buffer): NewSend {
  const id = uuidv7();
  const { user_id, territory_id, role, lane, category, priority } = body;
  const original: Original = {
    title: body.title ?? null,
    message: body.message,
    known: body.known,
    metadata: body.metadata,
    ...(body.require_read_back === undefined ? {} : { read_back: body.require_read_back }),
  };
  return {
    id,
    service_id: serviceId,
    service_key_id: keyId,
    user_id,
    territory_id,
    role,
    on_call_role: body.to?.role ?? null,
    read_back: body.require_read_back !== undefined,
    lane,
    category,
    priority,
    channels: body.channels ?? null,
    send_at: body.send_at ?? null,
    expires_at: body.expires_at ?? null,
    escalation_policy_id: body.escalation_policy_id ?? null,
    replaces: body.replaces ?? null,
    idempotency_hash: null,
    dedup_hash: null,
    body_hash,
    ...vault.seal(Buffer.from(JSON.stringify(original), "utf8"), sealedFor({ id, territory_id })),
  };
}

/** JSON with sorted keys: the same content is the same text, however it was laid out. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/**
 * An Idempotency-Key for each item of a bulk: the call's key, the item's content, and which of its equals it is. So a list that is
 * sent again with some items mended repeats the others. An item that is too large has none: it is refused.
 */
export async function itemKeys(key: string, items: unknown[]): Promise<(string | undefined)[]> {
  const pause = createPause();
  const seen = new Map<string, number>();
  const keys: (string | undefined)[] = [];
  for (const item of items) {
    await pause();
    if (isTooLarge(item)) {
      keys.push(undefined);
      continue;
    }
    const content = createHash("sha256").update(canonical(item)).digest("hex");
    const before = seen.get(content) ?? 0;
    seen.set(content, before + 1);
    keys.push(`${key} ${content} ${before}`);
  }
  return keys;
}
