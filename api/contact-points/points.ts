import { randomInt } from "node:crypto";
import type { Knex } from "knex";
import type { Registry, Running } from "../../channels/registry.ts";
import { type AuditEvent, record } from "../../store/audit/record.ts";
import {
  confirmPending,
  countTry,
  findContact,
  listContacts,
  removeContact,
  setPending,
  admitCode,
  type ContactPoint as Row,
} from "../../store/people/contacts.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import type { InstallationKey } from "../../store/crypto/secrets.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, invalid, notFound, unavailable } from "../http/errors.ts";
import { Throttled } from "../middleware/limits.ts";
import { CODE_LIFE, CODE_TRIES, hashCode, isCode, sendCode } from "./code.ts";

export interface ContactDeps {
  knex: Knex;
  secrets: InstallationKey;
  channels: Pick<Registry, "get">;
}

/** People's acts on their own contact points. Nothing is sent to an address before its code has come back. */
export interface ContactPoints {
  list(person: SignedInPerson): Promise<Row[]>;
  /**
   * Sends a code to an address; an address that is verified already needs none.
   * @throws Problem 422 no address of the channel, or refused by it; 429 codes too fast; 503 not taken now
   */
  set(person: SignedInPerson, running: Running, typed: string): Promise<Row>;
  /** @throws Problem 422 another code; 409 there is none to compare with (any more) */
  verify(person: SignedInPerson, channel: string, code: string): Promise<Row>;
  /** @throws Problem 404 */
  remove(person: SignedInPerson, channel: string): Promise<void>;
}

export function createContactPoints({ knex, secrets }: ContactDeps): ContactPoints {
  const find = async (trx: Transaction, userId: string, channel: string): Promise<Row> => {
    const found = await findContact(trx, userId, channel);
    if (found === null) throw notFound();
    return found;
  };

  return {
    list: ({ userId }) => actAs(knex, `user:${userId}`, (trx) => listContacts(trx, userId)),

    set: async ({ userId }, running, typed) => {
      const channel = running.channel.name;
      const address = running.address(typed);
      if (address === null)
        throw invalid([{ path: "/address", message: "is not an address of this channel" }]);
      const actor: Actor = `user:${userId}`;
      const code = String(randomInt(1_000_000)).padStart(6, "0");
      const codeFor = { userId, channel, address };

      const before = await actAs(knex, actor, async (trx) => {
        const current = await findContact(trx, userId, channel);
        if (current?.verified_at && current.address === address) return current;
        const wait = await admitCode(trx, userId, channel);
        const throttled = wait > 0;
        await record(
          trx,
          actor,
          throttled
            ? event("contact.set", channel, "denied", "throttled")
            : event("contact.set", channel, "ok", null),
        );
        if (throttled) return wait;
        const expiresAt = new Date(Date.now() + CODE_LIFE);
        await setPending(trx, userId, channel, {
          address,
          expiresAt,
          codeHash: hashCode(secrets, codeFor, code),
        });
        return null;
      });
      if (typeof before === "number") throw new Throttled(before, true);
      if (before !== null) return before;

      const { status, reason } = await sendCode(running, codeFor, code);
      const sent = status === "accepted" || status === "delivered" || status === "unknown";
      await actAs(knex, actor, (trx) =>
        record(trx, actor, event("contact.code", channel, sent ? "ok" : "failed", reason)),
      );
      if (status === "queued")
        throw unavailable("The channel can't take the code now; try again in a minute.");
      if (!sent)
        throw invalid([{ path: "/address", message: `the channel refused it: ${reason ?? status}` }]);
      return await actAs(knex, actor, (trx) => find(trx, userId, channel));
    },

    verify: async ({ userId }, channel, code) => {
      const actor: Actor = `user:${userId}`;
      const result = await actAs(knex, actor, async (trx) => {
        const point = await find(trx, userId, channel);
        const refusal = await tryCode(trx, point, (address) =>
          hashCode(secrets, { userId, channel, address }, code),
        );
        const outcome = refusal === null ? "ok" : "denied";
        await record(trx, actor, event("contact.verify", channel, outcome, refusal));
        return refusal ?? (await find(trx, userId, channel));
      });
      if (result === "none") throw conflict("No code is expected here now; ask for another.");
      if (result === "spent") throw conflict("This code was tried too often; ask for another.");
      if (result === "wrong") throw invalid([{ path: "/code", message: "is not the code that was sent" }]);
      return result;
    },

    remove: async ({ userId }, channel) => {
      const actor: Actor = `user:${userId}`;
      await actAs(knex, actor, async (trx) => {
        if (!(await removeContact(trx, userId, channel))) throw notFound();
        await record(trx, actor, event("contact.remove", channel, "ok", null));
      });
    },
  };
}

/** Counts each try, wrong ones too. It returns the refusal instead of throwing, so that the count is committed. */
async function tryCode(
  trx: Transaction,
  point: Row,
  hash: (address: string) => Buffer,
): Promise<"none" | "spent" | "wrong" | null> {
  const { pending_address, code_hash, code_expires_at, code_attempts } = point;
  if (pending_address === null || code_expires_at === null || code_expires_at <= new Date()) return "none";
  if (code_attempts >= CODE_TRIES) return "spent";
  await countTry(trx, point);
  if (!isCode(code_hash, hash(pending_address))) return "wrong";
  await confirmPending(trx, point);
  return null;
}

/** An event for the record, without the address. */
const event = (
  action: `contact.${"set" | "code" | "verify" | "remove"}`,
  channel: string,
  outcome: AuditEvent["outcome"],
  reason: string | null,
): AuditEvent => ({ action, outcome, objectId: channel, payload: { channel, reason } });
