import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { must } from "../../config/must.ts";
import { hashOfSecret } from "../crypto/tokens.ts";
import { record } from "../audit/record.ts";
import { actAs, type Actor, switchActor, type Transaction } from "../db/knex.ts";
import { ServiceKey } from "../models/Service.ts";
import type { ServiceIdentity } from "./services.ts";
import { isSessionAlive, type SignedInPerson, type Subject } from "./sessions.ts";

/** How long a subject token is good at most; seconds. */
export const SUBJECT_TTL = 15 * 60;

/** Whose inbox is to be shown, where, and by pages of which origin. */
export interface SubjectOf {
  userId: string;
  territoryId: string;
  origin: string;
  seconds: number;
}

/**
 * Issues a subject token, on record; `origin` where no admin has allowed the key to ask for that, `person` where nobody active of that id has a role in
 * the territory. It ends with its key.
 * @param token `Credentials.subjects` makes it: the caller alone knows it
 */
export async function issueSubjectToken(
  knex: Knex,
  { serviceId, keyId }: Pick<ServiceIdentity, "serviceId" | "keyId">,
  { userId, territoryId, origin, seconds }: SubjectOf,
  token: string,
): Promise<{ expiresAt: Date } | "origin" | "person"> {
  return await actAs(knex, "sign-in", async (trx) => {
    const key = await ServiceKey.query(trx).findById(keyId).select("subject_origins");
    if (key?.subject_origins.includes(origin) !== true) return "origin";
    const member = await trx("memberships")
      .join("users", "users.id", "memberships.user_id")
      .where({ user_id: userId, territory_id: territoryId })
      .whereNull("users.disabled_at")
      .first("user_id");
    if (member === undefined) return "person";
    await trx("subject_tokens").where("expires_at", "<", trx.fn.now()).delete();
    const [issued] = await trx("subject_tokens")
      .insert({
        id: uuidv7(),
        token_hash: hashOfSecret(token),
        key_id: keyId,
        service_id: serviceId,
        user_id: userId,
        territory_id: territoryId,
        origin,
        expires_at: trx.raw(
          "least(now() + make_interval(secs => ?), (SELECT expires_at FROM service_keys WHERE id = ?))",
          [seconds, keyId],
        ),
      })
      .returning<{ id: string; expires_at: Date }[]>(["id", "expires_at"]);
    const { id, expires_at } = must(issued, "subject token");
    const actor: Actor = `service:${serviceId}`;
    await switchActor(trx, actor);
    await record(trx, actor, {
      action: "subject_token.issue",
      outcome: "ok",
      territoryId,
      objectId: id,
      payload: { user_id: userId, origin, key_id: keyId, seconds },
    });
    return { expiresAt: expires_at };
  });
}

/** The person for whom a subject token is good now; null when it is unknown, over, or its key, service or person is not good any more. */
export const findSubject = (knex: Knex, token: string): Promise<SignedInPerson | null> =>
  identifySubject(knex, { "subject_tokens.token_hash": hashOfSecret(token) });

const identifySubject = (
  knex: Knex,
  which: Record<string, Buffer | string>,
): Promise<SignedInPerson | null> => actAs(knex, "sign-in", (trx) => liveSubject(trx, which));

/** Whether the session, or the subject token, by which somebody was let in is good still. */
export async function isAlive(
  knex: Knex,
  { sessionId, subject }: { sessionId: string; subject?: Pick<Subject, "tokenId"> },
): Promise<boolean> {
  if (subject === undefined) return await isSessionAlive(knex, sessionId);
  return (await identifySubject(knex, { "subject_tokens.id": subject.tokenId })) !== null;
}

/** For the actor who signs people in. */
export async function liveSubject(
  trx: Transaction,
  which: Record<string, Buffer | string>,
): Promise<SignedInPerson | null> {
  const found = await trx("subject_tokens")
    .join("service_keys", "service_keys.id", "subject_tokens.key_id")
    .join("services", "services.id", "service_keys.service_id")
    .join("users", "users.id", "subject_tokens.user_id")
    .join("inboxes", "inboxes.user_id", "subject_tokens.user_id")
    .where(which)
    .whereNull("subject_tokens.ended_at")
    .where("subject_tokens.expires_at", ">", trx.raw("clock_timestamp()"))
    .whereNull("service_keys.revoked_at")
    .whereRaw("(service_keys.expires_at IS NULL OR service_keys.expires_at > clock_timestamp())")
    .whereRaw("subject_tokens.territory_id = ANY (service_keys.territory_ids)")
    .whereRaw("subject_tokens.origin = ANY (service_keys.subject_origins)")
    .whereNull("services.disabled_at")
    .whereNull("users.disabled_at")
    .whereExists(
      trx("memberships")
        .whereRaw("memberships.user_id = subject_tokens.user_id")
        .whereRaw("memberships.territory_id = subject_tokens.territory_id"),
    )
    .first<(Subject & Pick<SignedInPerson, "userId" | "inboxId">) | undefined>({
      userId: "subject_tokens.user_id",
      inboxId: "inboxes.id",
      tokenId: "subject_tokens.id",
      serviceId: "subject_tokens.service_id",
      territoryId: "subject_tokens.territory_id",
      origin: "subject_tokens.origin",
      expiresAt: "subject_tokens.expires_at",
    });
  if (found === undefined) return null;
  const { userId, inboxId, ...subject } = found;
  // No password was shown for it, ever.
  return { userId, inboxId, sessionId: subject.tokenId, confirmedAt: new Date(0), limited: false, subject };
}

/** Ends the tokens for a person's inbox, as their sessions are ended. */
export async function endSubjectTokens(trx: Transaction, userId: string): Promise<void> {
  await trx("subject_tokens")
    .where({ user_id: userId })
    .whereNull("ended_at")
    .update({ ended_at: trx.fn.now() });
}
