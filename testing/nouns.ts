import { randomBytes } from "node:crypto";
import { hash } from "@node-rs/argon2";
import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import type { SendBody } from "../api/notifications/schema.ts";
import { type Role, TOLD_UNASKED } from "../channels/contract.ts";
import { actAs, type Transaction } from "../store/db/knex.ts";
import type { EscalationRules } from "../store/notifications/escalation.ts";
import { makeKey } from "../store/people/keys.ts";
import type { Preferences } from "../store/people/preferences.ts";

/** The database in which a factory makes things. */
interface Place {
  knex: Knex;
}

export interface TestPerson {
  id: string;
  email: string;
  /** Null for somebody who can't sign in by password. */
  password: string | null;
  role: Role;
  territory: string | null;
}

export interface TestService {
  id: string;
  name: string;
  keyId: string;
  /** The whole of its key, which is good for `territories`. */
  key: string;
  territories: string[];
}

/** Secrets of keys from before there was a MAC in them, which need nothing of an installation. */
export const older = { make: (): string => randomBytes(32).toString("base64url") };

/** A name that nothing else has. */
const unique = (noun: string): string => `${noun}-${randomBytes(4).toString("hex")}`;

/** A territory; answers its id. */
export async function aTerritory({ knex }: Place, id: string = unique("territory")): Promise<string> {
  await actAs(knex, "setup", (trx) => trx("territories").insert({ id, name: id }));
  return id;
}

const hashes = new Map<string, Promise<string>>();
/** A password's hash, which takes a while: it is made once. */
function hashOf(password: string): Promise<string> {
  const made = hashes.get(password) ?? hash(password);
  hashes.set(password, made);
  return made;
}

/** Somebody with one role, and no password unless one is given: `as(person)` signs them in without. */
export async function aPerson(
  { knex }: Place,
  { id = unique("person"), role = "clinician", territory = null, password = null }: Partial<TestPerson>,
): Promise<TestPerson> {
  const email = `${id}@tocsin.example`;
  const password_hash = password === null ? null : await hashOf(password);
  await actAs(knex, "setup", async (trx) => {
    await trx("users").insert({ id, name: id, email, password_hash });
    await trx("inboxes").insert({ user_id: id });
    await trx("memberships").insert({ user_id: id, territory_id: territory, role });
  });
  return { id, email, password, role, territory };
}

/** An upstream service with one key. */
export async function aService(
  { knex }: Place,
  { name = unique("service"), territories }: { name?: string; territories: string[] },
): Promise<TestService> {
  return await actAs(knex, "setup", async (trx) => {
    const [{ id }] = await trx("services").insert({ name }).returning("id");
    const { row, secret } = await makeKey(trx, id, { territoryIds: territories, expiresAt: null }, older);
    return { id, name, keyId: row.id, key: secret, territories };
  });
}

/** The body of a send, as a service writes it. */
export const aSend = (body: Pick<SendBody, "user_id" | "territory_id"> & Partial<SendBody>) => ({
  message: "Potassium 6.8",
  ...body,
});

/** An escalation policy of a territory; answers its id. A new default takes the place of the old one. */
export async function aPolicy(
  { knex }: Place,
  { territory, rules, isDefault = true }: { territory: string; rules: EscalationRules; isDefault?: boolean },
): Promise<string> {
  const id = uuidv7();
  await actAs(knex, "setup", async (trx) => {
    const policies = trx("escalation_policies");
    if (isDefault) await policies.clone().where({ territory_id: territory }).update({ is_default: false });
    const row = { id, territory_id: territory, name: "test", is_default: isDefault };
    await policies.insert({ ...row, rules: JSON.stringify(rules) });
  });
  return id;
}

/** A verified address of a person on a channel, which they ask for where nobody is told by it unasked. */
export async function aContactPoint(
  { knex }: Place,
  { person, channel, address }: { person: string; channel: string; address: string },
): Promise<void> {
  const row = { user_id: person, channel, address, verified_at: new Date() };
  await actAs(knex, `user:${person}`, async (trx) => {
    await trx("contact_points").insert(row);
    if (TOLD_UNASKED.includes(channel)) return;
    const before: { settings: Partial<Preferences> } | undefined = await trx("preferences")
      .where({ user_id: person })
      .first("settings");
    const wanted = before?.settings.wanted ?? {};
    const all = { ...wanted.all, [channel]: true };
    await setWish(trx, person, { ...before?.settings, wanted: { ...wanted, all } });
  });
}

/** A person's wishes, in place of those that they had. */
export async function aWish({ knex }: Place, person: string, settings: Partial<Preferences>): Promise<void> {
  await actAs(knex, `user:${person}`, (trx) => setWish(trx, person, settings));
}

/** Names the columns that the oldest schema has which a test makes people in. */
async function setWish(trx: Transaction, person: string, settings: Partial<Preferences>): Promise<void> {
  const row = { user_id: person, settings: JSON.stringify(settings) };
  await trx("preferences").insert(row).onConflict("user_id").merge();
}
