import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hash } from "@node-rs/argon2";
import type { Knex } from "knex";
import { hashOfSecret } from "./crypto/tokens.ts";
import type { Role } from "../channels/contract.ts";
import { ConfigError } from "../config/env.ts";
import { must } from "../config/must.ts";
import { LOCKS } from "./db/locks.ts";
import type { EscalationRules } from "./notifications/escalation.ts";
import { actAs, type Transaction } from "./db/knex.ts";
import type { InstallationKey } from "./crypto/secrets.ts";

const TERRITORIES = [
  { id: "north-hospital", name: "North Hospital" },
  { id: "south-clinic", name: "South Clinic" },
];

interface DemoPerson {
  id: string;
  name: string;
  role: Role;
  territory: string | null;
}

const PEOPLE: DemoPerson[] = [
  { id: "demo-clinician-1", name: "Demo Clinician One", role: "clinician", territory: "north-hospital" },
  { id: "demo-clinician-2", name: "Demo Clinician Two", role: "clinician", territory: "north-hospital" },
  { id: "demo-clinician-3", name: "Demo Clinician Three", role: "clinician", territory: "south-clinic" },
  { id: "demo-supervisor-1", name: "Demo Supervisor North", role: "supervisor", territory: "north-hospital" },
  { id: "demo-supervisor-2", name: "Demo Supervisor South", role: "supervisor", territory: "south-clinic" },
  { id: "demo-admin", name: "Demo Admin", role: "admin", territory: null },
  { id: "demo-auditor", name: "Demo Auditor", role: "auditor", territory: null },
];

const KEY_ID = "demo";

/** The address, key and sign-ins that a newcomer needs to try Tocsin; written to demo.json. */
export interface Demo {
  url: string;
  api_key: string;
  territories: string[];
  users: { user_id: string; email: string; password: string; role: Role; territory_id: string | null }[];
}

/**
 * Seeds the demo's territories, people and key, where they are missing, and writes demo.json (mode 600) into `home`.
 * Passwords and the key are derived, so that every node writes the same ones.
 */
export async function seedDemo(
  knex: Knex,
  secrets: InstallationKey,
  url: string,
  home: string,
): Promise<Demo> {
  const secret = secrets.derive("demo service key");
  const users = PEOPLE.map(({ id, role, territory }) => ({
    user_id: id,
    email: `${id}@tocsin.example`,
    password: secrets.derive(`demo password ${id}`).slice(0, 16),
    role,
    territory_id: territory,
  }));
  await actAs(knex, "setup", async (trx) => {
    await trx.raw("SELECT pg_advisory_xact_lock(?)", [LOCKS.seed]);
    await trx("territories").insert(TERRITORIES).onConflict("id").ignore();
    for (const [index, person] of PEOPLE.entries()) {
      const user = must(users[index], "sign-in of a demo person");
      await seedPerson(trx, person, user.email, user.password);
    }
    await seedKey(trx, secret);
    await seedEscalation(trx);
  });
  const territories = TERRITORIES.map(({ id }) => id);
  const demo: Demo = { url, api_key: `tocsin_${KEY_ID}.${secret}`, territories, users };
  await writeDemo(home, demo);
  return demo;
}

async function seedPerson(
  trx: Transaction,
  person: DemoPerson,
  email: string,
  password: string,
): Promise<void> {
  const { id, name, role, territory } = person;
  if ((await trx("users").where({ id }).first("id")) !== undefined) return;
  await trx("users").insert({ id, name, email, password_hash: await hash(password) });
  await trx("inboxes").insert({ user_id: id });
  await trx("memberships").insert({ user_id: id, territory_id: territory, role });
}

async function seedKey(trx: Transaction, secret: string): Promise<void> {
  await trx("services").insert({ name: "Demo service" }).onConflict("name").ignore();
  const service = await trx("services").where({ name: "Demo service" }).first("id");
  const key = {
    id: KEY_ID,
    service_id: service.id,
    secret_hash: hashOfSecret(secret),
    territory_ids: TERRITORIES.map(({ id }) => id),
  };
  await trx("service_keys").insert(key).onConflict("id").ignore();
}

/** A critical alert that nobody acknowledges within 30 s reaches the supervisors: quick enough to watch. */
async function seedEscalation(trx: Transaction): Promise<void> {
  const rules: EscalationRules = {
    steps: [{ after_seconds: 30, to: { role: "supervisor" } }],
    repeat: 0,
    acknowledgers: 1,
  };
  for (const { id } of TERRITORIES) {
    const policy = {
      territory_id: id,
      name: "Demo: supervisors after 30 s",
      is_default: true,
      rules: JSON.stringify(rules),
    };
    const there = await trx("escalation_policies").where({ territory_id: id }).first("id");
    if (there === undefined) await trx("escalation_policies").insert(policy);
  }
}

/** Written aside and renamed: a reader sees the old file or the new one, never half of it. */
async function writeDemo(home: string, demo: Demo): Promise<void> {
  const path = join(home, "demo.json");
  try {
    await mkdir(home, { recursive: true });
    await writeFile(`${path}.${process.pid}`, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 });
    await rename(`${path}.${process.pid}`, path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([
      `TOCSIN_HOME: demo.json can't be written there (${reason}). Name a folder that can be, or set TOCSIN_SEED_DEMO=0`,
    ]);
  }
}
