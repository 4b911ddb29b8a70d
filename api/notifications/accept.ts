import { createHash } from "node:crypto";
import type { Knex } from "knex";
import { must } from "../../config/must.ts";
import { traceparent } from "../../config/trace.ts";
import { v7 as uuidv7 } from "uuid";
import type { Original } from "../../store/crypto/original.ts";
import type { InstallationKey } from "../../store/crypto/secrets.ts";
import { sealedFor, type Vault } from "../../store/crypto/vault.ts";
import { isPostgresError, isUnavailable } from "../../store/db/knex.ts";
import type { ServiceIdentity } from "../../store/people/services.ts";
import {
  accept as take,
  type AcceptAnswer,
  acceptEach,
  type NewSend,
  type NewSendOfMany,
} from "../../store/transitions/accept.ts";
import { type Fault, forbidden, inFlight, invalid, keyReused } from "../http/errors.ts";
import { createPause } from "../http/pause.ts";
import { addresseesOf, type Intake } from "./addressees.ts";
import { checkTimes, isTooLarge } from "./bounds.ts";
import { channelsOf } from "./schema.ts";

/** How long the relay leaves a new send to the node that took it; ms. The relay takes sends in bulk from the start. */
const HEAD_START = 2_000;
const leadOf = ({ lane, user_id }: Intake): number => (lane === "bulk" && user_id !== null ? 0 : HEAD_START);

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

/** What a caller offers: a body, as it is understood and as it came. */
export interface Offered {
  body: Intake;
  raw: unknown;
  idempotencyKey: string | undefined;
}

/** A send that is ready to be written, and why it could be no more than a repeat; null where it may be new. */
interface Prepared extends NewSendOfMany {
  fault: unknown;
  body: Intake;
}

/**
 * Takes a send in: one call writes it, sealed, with its record.
 * @throws Problem 403 territory outside the key; 422 recipient unknown there, nothing to replace there, or key used with another body; 409 the
 * first call with this key is still at work.
 */
export function createAccept({ knex, reserve, vault, secrets }: AcceptDeps) {
  const connectionsOf = ({ lane }: Intake): Knex => (lane === "critical" ? reserve : knex);

  async function prepare(
    service: ServiceIdentity,
    { body, raw, idempotencyKey }: Offered,
  ): Promise<Prepared> {
    const bodyHash = secrets.mac("send body", canonical(raw));
    if (!service.territories.has(body.territory_id))
      throw forbidden("This key may not send to that territory.");

    const { fault: unreachable, ...to } = await addresseesOf(connectionsOf(body), service, body);
    const row = { ...seal(vault, service, body, bodyHash), ...to };
    if (body.dedup_key !== undefined)
      row.dedup_hash = dedupHash(secrets, service, body.territory_id, body.dedup_key);
    if (idempotencyKey !== undefined) row.idempotency_hash = secrets.mac("idempotency key", idempotencyKey);
    const fault = faultOf(() => checkTimes(row)) ?? unreachable;
    return { row, leadMs: leadOf(body), repeatOnly: fault !== null, fault, body };
  }

  async function accept(
    service: ServiceIdentity,
    body: Intake,
    raw: unknown,
    idempotencyKey: string | undefined,
  ): Promise<Accepted> {
    const prepared = await prepare(service, { body, raw, idempotencyKey });
    return acceptedOf(prepared, await takeAlone(prepared));
  }

  const takeAlone = ({ row, leadMs, repeatOnly, body }: Prepared): Promise<AcceptAnswer> =>
    take(connectionsOf(body), row, leadMs, repeatOnly).catch((error: unknown) => {
      throw isPostgresError(error, "55P03") ? inFlight() : error;
    });

  /** One that PostgreSQL refuses fails its whole call: then each is written by itself. */
  async function takeEach(
    service: ServiceIdentity,
    all: Prepared[],
  ): Promise<PromiseSettledResult<Accepted>[]> {
    const [first] = all;
    if (first === undefined) return [];
    try {
      const answers = await acceptEach(connectionsOf(first.body), service.serviceId, all);
      return await Promise.allSettled(
        all.map(async (one, index) => acceptedOf(one, must(answers[index], "answer"))),
      );
    } catch (error) {
      if (isUnavailable(error)) throw error;
      return await Promise.allSettled(all.map(async (one) => acceptedOf(one, await takeAlone(one))));
    }
  }

  /**
   * Takes sends of one lane in, as `accept` does each, in one call; answers each, in their order.
   * @throws where PostgreSQL is away, and none was taken in
   */
  async function acceptAll(
    service: ServiceIdentity,
    offered: Offered[],
  ): Promise<PromiseSettledResult<Accepted>[]> {
    const pause = createPause();
    const prepared: PromiseSettledResult<Prepared>[] = [];
    for (const one of offered) {
      await pause();
      // One after the other, since some ask who is on call.
      prepared.push(...(await Promise.allSettled([prepare(service, one)])));
    }
    const ready = prepared.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const taken = (await takeEach(service, ready)).values();
    return prepared.map((one) => (one.status === "fulfilled" ? must(taken.next().value, "answer") : one));
  }

  return { accept, acceptAll };
}

/** What the caller is told. @throws Problem for one that was not taken in */
function acceptedOf(
  { body, fault }: Pick<Prepared, "body" | "fault">,
  answer: AcceptAnswer | { kind: "in_flight" },
): Accepted {
  switch (answer.kind) {
    case "accepted":
    case "replayed":
      return { id: answer.id, replayed: answer.kind === "replayed" };
    case "in_flight":
      throw inFlight();
    case "reused":
      throw keyReused();
    case "too_late":
      throw fault;
    case "nobody":
      throw invalid([nobody(body)]);
    case "no_topic":
      throw invalid([{ ...placeOf(body), message: "is not a topic of that territory" }]);
    case "nothing_to_replace":
      throw invalid([{ path: "/replaces", message: "is no notification that this service sent there" }]);
    case "no_policy":
      throw invalid([{ path: "/escalation_policy_id", message: "is not a policy of that territory" }]);
  }
}

/** What names a problem: its key, as its service uses it in a territory. */
export const dedupHash = (
  secrets: Pick<InstallationKey, "mac">,
  { serviceId }: Pick<ServiceIdentity, "serviceId">,
  territoryId: string,
  key: string,
): Buffer => secrets.mac("dedup key", JSON.stringify([serviceId, territoryId, key]));

const placeOf = ({ isBroadcast }: Pick<Intake, "isBroadcast">) => ({
  path: isBroadcast ? "/topic" : "/to/topic",
});

/** Why a send reaches nobody. */
function nobody(intake: Intake): Fault {
  if (intake.topic !== null)
    return {
      ...placeOf(intake),
      message: `nobody of it can be reached: its members${intake.role === null ? "" : " of that role"} have left or are disabled, and nobody has its on-call roles then`,
    };
  if (intake.user_id === null) return { path: "/role", message: "nobody has it in that territory" };
  return { path: "/user_id", message: "is not a person of that territory, or is disabled" };
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
    on_call_role: body.onCallRole,
    topic: body.topic,
    people: null,
    read_back: body.require_read_back !== undefined,
    lane,
    category,
    priority,
    ...channelsOf(body),
    send_at: body.send_at ?? null,
    expires_at: body.expires_at ?? null,
    escalation_policy_id: body.escalation_policy_id ?? null,
    replaces: body.replaces ?? null,
    traceparent: traceparent(),
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
