import type { Knex } from "knex";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actAs, type Actor, isPostgresError, isUnavailable } from "./db/knex.ts";
import { invite } from "./people/invitations.ts";
import { createHospital, type Hospital } from "../testing/hospital.ts";
import { older } from "../testing/nouns.ts";

/** Their policies read them through functions that run as the owner, who must be able to. */
const READ_BY_THEIR_OWNER = ["memberships", "service_keys"];
/** Knex's own; the program's login has no rights on them. */
const NOT_OURS = ["schema_migrations", "schema_migrations_lock"];

let hospital: Hospital;
let knex: Knex;
let sent: Record<"north1" | "north2" | "south1" | "unpersisted", string>;

beforeAll(async () => {
  hospital = await createHospital({ max: 2 });
  knex = hospital.knex;
  sent = {
    north1: await hospital.notify("north-1"),
    north2: await hospital.notify("north-2"),
    south1: await hospital.notify("south-1"),
    unpersisted: await hospital.accept("south-1"),
  };
});
afterAll(() => hospital.close());

async function tables(withColumn?: string): Promise<string[]> {
  const rows = await hospital.asOwner(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
       AND ($1::text IS NULL OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = $1))`,
    withColumn ?? null,
  );
  return rows.map(({ name }) => String(name)).filter((name) => !NOT_OURS.includes(name));
}

const count = (actor: Actor, table: string, where: Record<string, string> = {}): Promise<number> =>
  actAs(knex, actor, async (trx) => Number((await trx(table).where(where).count("* as n").first())?.["n"]));

const ids = (actor: Actor, table = "notifications"): Promise<string[]> =>
  actAs(knex, actor, (trx) => trx(table).orderBy("id").pluck("id"));

async function refused(
  actor: Actor,
  work: (trx: Knex.Transaction) => PromiseLike<unknown>,
): Promise<boolean> {
  try {
    await actAs(knex, actor, work);
    return false;
  } catch (error) {
    return isPostgresError(error, "42501");
  }
}

describe("every table", () => {
  it("has row-level security, forced on its owner too", async () => {
    const rows = await hospital.asOwner(
      "SELECT relname, relrowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
    );
    const open = rows.filter(({ relrowsecurity }) => relrowsecurity !== true);
    expect(new Set(open.map(({ relname }) => relname))).toEqual(new Set(NOT_OURS));
    const forcible = (await tables()).filter((table) => !READ_BY_THEIR_OWNER.includes(table));
    for (const table of forcible) expect(await forced(table), `${table} is not forced`).toBe(true);
  });

  it("is reached by its own name alone: partitions are closed to the program, by rights and by policies", async () => {
    const rows = await hospital.asOwner(
      "SELECT relname AS name FROM pg_class WHERE relispartition AND relkind = 'r'",
    );
    const partitions = rows.map(({ name }) => String(name));
    expect(partitions).toEqual(expect.arrayContaining(["audit_events_before", "delivery_events_default"]));
    const login = new URL(String(knex.client.config.connection.connectionString)).username;
    const owner = await hospital.owner();
    for (const name of partitions) {
      await expect(knex(name).limit(1), name).rejects.toMatchObject({ code: "42501" });
      await owner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${name} TO ${login}`);
      expect(await count("sealer", name), name).toBe(0);
      expect(await actAs(knex, "sealer", (trx) => trx(name).delete()), name).toBe(0);
      const copy = actAs(knex, "relay", (trx) =>
        trx.raw(
          `INSERT INTO ${name} SELECT * FROM jsonb_populate_record(NULL::${name}, '{"actor": "relay", "territory_id": "north"}')`,
        ),
      );
      await expect(copy, name).rejects.toThrow(/row-level security|moving row to another partition/);
      await owner.query(`REVOKE ALL ON ${name} FROM ${login}`);
    }
  });

  it("shows nothing when nobody says who acts, in a transaction or without one", async () => {
    const all = await tables();
    expect(all).toEqual(
      expect.arrayContaining(["sends", "notifications", "deliveries", "users", "audit_events"]),
    );
    for (const table of all) {
      const rows = await knex(table).limit(1);
      const inTransaction = await knex.transaction((trx) => trx(table).limit(1));
      expect([...rows, ...inTransaction], table).toEqual([]);
      expect(await knex.transaction((trx) => trx(table).limit(1).where(trx.raw("true"))), table).toEqual([]);
    }
  });

  it("shows nothing to an actor of no known kind, nor to one that names nobody", async () => {
    const strangers = ["", "root", "admin", "user:", "user:nobody", "service:", "worker:", "USER:north-1"];
    for (const actor of strangers) {
      for (const table of await tables()) {
        const seen = await knex.transaction(async (trx) => {
          await trx.raw("SELECT set_config('app.actor', ?, true)", [actor]);
          return await trx(table)
            .limit(1)
            .then(
              (rows) => rows.length,
              () => 0,
            );
        });
        expect(seen, `${actor} sees ${table}`).toBe(0);
      }
    }
  });

  it("holds something to hide: what the tests above find empty isn't", async () => {
    for (const table of [
      "sends",
      "notifications",
      "deliveries",
      "delivery_events",
      "audit_events",
      "users",
      "memberships",
      "inboxes",
      "service_keys",
      "secrets",
    ]) {
      const [row] = await hospital.asOwner(`SELECT count(*)::int AS n FROM ${table}`);
      expect(row?.["n"], table).toBeGreaterThan(0);
    }
  });

  async function forced(table: string): Promise<boolean> {
    const { rows } = await knex.raw(
      "SELECT relforcerowsecurity AS forced FROM pg_class WHERE oid = ?::regclass",
      [table],
    );
    return rows[0].forced;
  }
});

describe("the wall between territories", () => {
  it("hides every row of another territory from its people, supervisors and services", async () => {
    const southerners: Actor[] = ["user:south-1", "user:south-boss", `service:${hospital.services.south.id}`];
    for (const table of await tables("territory_id")) {
      for (const actor of southerners) {
        expect(await count(actor, table, { territory_id: "north" }), `${actor} sees ${table}`).toBe(0);
      }
    }
    expect(await count("user:north-boss", "notifications", { territory_id: "north" })).toBe(2);
    expect(await count(`service:${hospital.services.north.id}`, "sends", { territory_id: "north" })).toBe(2);
  });

  it("stands at once when a membership ends", async () => {
    const id = await hospital.notify("south-1");
    expect(await ids("user:south-1")).toContain(id);
    await actAs(knex, "setup", (trx) => trx("memberships").where({ user_id: "south-1" }).delete());
    expect(await ids("user:south-1")).toEqual([]);
    await actAs(knex, "setup", (trx) =>
      trx("memberships").insert({ user_id: "south-1", territory_id: "south", role: "clinician" }),
    );
  });

  it("keeps a service from sending where its keys don't reach", async () => {
    const [row] = await hospital.asOwner("SELECT * FROM sends WHERE id = $1", sent.south1);
    const forged = {
      ...row,
      id: "00000000-0000-7000-8000-000000000001",
      service_id: hospital.services.north.id,
    };
    expect(await refused(`service:${hospital.services.north.id}`, (trx) => trx("sends").insert(forged))).toBe(
      true,
    );
  });
});

describe("a person", () => {
  it("sees the own rows and nobody else's, in every table that names a person", async () => {
    for (const table of await tables("user_id")) {
      const others = await actAs(knex, "user:north-1", (trx) =>
        trx(table).whereNot({ user_id: "north-1" }).pluck("user_id"),
      );
      expect(others, table).toEqual([]);
    }
    expect(await ids("user:north-1")).toEqual([sent.north1]);
    expect(await ids("user:north-1", "users")).toEqual(["north-1"]);
  });

  it("changes nothing of another's", async () => {
    for (const other of [sent.north2, sent.south1]) {
      const changed = await actAs(knex, "user:north-1", async (trx) => [
        await trx("notifications").where({ id: other }).update({ status: "read" }),
        await trx("deliveries").where({ notification_id: other }).update({ status: "delivered" }),
        await trx("sends").where({ id: other }).update({ status: "cancelled" }),
      ]);
      expect(changed).toEqual([0, 0, 0]);
    }
    expect(
      await actAs(knex, "user:north-1", (trx) =>
        trx("inboxes").whereNot({ user_id: "north-1" }).update({ seq: 99 }),
      ),
    ).toBe(0);
  });

  it("adds nothing to another's, and gives nothing of the own away", async () => {
    const [row] = await hospital.asOwner("SELECT * FROM notifications WHERE id = $1", sent.north2);
    const copy = {
      ...row,
      id: "00000000-0000-7000-8000-000000000002",
      redaction: JSON.stringify(row?.["redaction"]),
    };
    expect(await refused("user:north-1", (trx) => trx("notifications").insert(copy))).toBe(true);
    const event = { notification_id: sent.north2, user_id: "north-2", territory_id: "north", status: "read" };
    expect(await refused("user:north-1", (trx) => trx("delivery_events").insert(event))).toBe(true);
    for (const gift of [{ user_id: "north-2" }, { territory_id: "south" }])
      expect(
        await refused("user:north-1", (trx) => trx("notifications").where({ id: sent.north1 }).update(gift)),
      ).toBe(true);
  });

  it("gives nobody a role, not even as a supervisor", async () => {
    for (const actor of ["user:north-1", "user:north-boss"] as const) {
      const role = { user_id: "north-1", territory_id: "south", role: "supervisor" };
      expect(await refused(actor, (trx) => trx("memberships").insert(role))).toBe(true);
    }
  });
});

it("a supervisor reads the territory's notifications and changes none of other people", async () => {
  expect(await ids("user:north-boss")).toEqual([sent.north1, sent.north2].sort());
  const changed = await actAs(knex, "user:north-boss", (trx) =>
    trx("notifications").update({ status: "read" }),
  );
  expect(changed).toBe(0);
});

it("a worker sees its one notification, and an id that is none is an error", async () => {
  const worker: Actor = `worker:${sent.north1}`;
  expect(await ids(worker)).toEqual([sent.north1]);
  expect(await ids(worker, "sends")).toEqual([sent.north1]);
  expect(await actAs(knex, worker, (trx) => trx("deliveries").pluck("notification_id"))).toEqual([
    sent.north1,
  ]);
  expect(
    await actAs(knex, worker, (trx) =>
      trx("notifications").where({ id: sent.north2 }).update({ status: "read" }),
    ),
  ).toBe(0);
  expect(await count(worker, "memberships", { territory_id: "south" })).toBe(0);
  // Naming others' notifications and people as the page that it works on shows it none of theirs.
  const named = await actAs(knex, worker, async (trx) => {
    const people = JSON.stringify(["south-1"]);
    await trx.raw("SELECT set_config('app.page', ?, true), set_config('app.people', ?, true)", [
      `{${sent.north2},${sent.north1}}`,
      people,
    ]);
    return [await trx("deliveries").pluck("notification_id"), await trx("inboxes").pluck("user_id")];
  });
  expect(named).toEqual([[sent.north1], expect.not.arrayContaining(["south-1"])]);
  expect(await count(worker, "sessions")).toBe(0);
  await expect(ids("worker:not-an-id")).rejects.toThrow(/invalid input syntax for type uuid/);
});

it("the relay sees what is unfinished, and no more", async () => {
  expect(await ids("relay", "sends")).toEqual([sent.unpersisted]);
  const before = await actAs(knex, "relay", (trx) => trx("deliveries").pluck("notification_id"));
  expect(before).toContain(sent.north1);
  await actAs(knex, `worker:${sent.north1}`, (trx) => trx("deliveries").update({ status: "delivered" }));
  const after = await actAs(knex, "relay", (trx) => trx("deliveries").pluck("notification_id"));
  expect(after).toEqual(before.filter((id) => id !== sent.north1));
  expect(await actAs(knex, "relay", (trx) => trx("notifications").update({ status: "read" }))).toBe(0);
});

it("a provider's callback reaches what its channel handed to the provider", async () => {
  const provided = { channel: "sms", provider_id: "SM1" };
  await actAs(knex, `worker:${sent.south1}`, (trx) => trx("deliveries").update(provided));
  expect(await ids("callback:sms")).toEqual([sent.south1]);
  expect(await actAs(knex, "callback:sms", (trx) => trx("deliveries").pluck("provider_id"))).toEqual(["SM1"]);
  expect(await ids("callback:email")).toEqual([]);
  expect(await ids("callback:websocket", "deliveries")).toEqual([]);
});

it("signing in reads keys and sessions, and no notification", async () => {
  expect(await count("sign-in", "service_keys")).toBe(2);
  for (const table of ["sends", "notifications", "deliveries", "delivery_events", "audit_events", "secrets"])
    expect(await count("sign-in", table), table).toBe(0);
});

it("an invitation reaches its own person, and changes no other", async () => {
  const admin: Actor = "user:admin";
  await actAs(knex, admin, (trx) => invite(trx, "north-1", older));
  const [id] = await actAs(knex, admin, (trx) => trx("invitations").pluck("id"));
  const invited: Actor = `invitation:${id}`;
  expect(await ids(invited, "users")).toEqual(["north-1"]);
  const changed = await actAs(knex, invited, (trx) => trx("users").update({ password_hash: "x" }));
  expect(changed).toBe(1);
  for (const table of (await tables()).filter((name) => !["users", "invitations"].includes(name)))
    expect(await count(invited, table), table).toBe(0);
  for (const stranger of [
    "invitation:",
    "invitation:none",
    "invitation:00000000-0000-7000-8000-000000000000",
  ] as const)
    expect(await count(stranger, "users"), stranger).toBe(0);
});

it("what waits for a second admin is admins' alone to see", async () => {
  const asked = {
    kind: "person",
    subject_id: "north-1",
    change: "{}",
    asked_by: "admin",
    expires_at: new Date(),
  };
  await actAs(knex, "user:admin", (trx) => trx("pending_changes").insert(asked));
  for (const actor of [
    "user:north-1",
    "user:north-boss",
    "user:auditor",
    "sign-in",
    "setup",
    "relay",
  ] as const) {
    expect(await count(actor, "pending_changes"), actor).toBe(0);
    expect(await refused(actor, (trx) => trx("pending_changes").insert(asked)), actor).toBe(true);
  }
});

it("200 people at once over 2 connections see their own rows alone", async () => {
  const mine = (trx: Knex.Transaction, table: string) => trx(table).pluck("user_id");
  const look = async (id: string): Promise<string[]> => {
    try {
      return await actAs(knex, `user:${id}`, async (trx) => [
        ...(await mine(trx, "inboxes")),
        ...(await mine(trx, "sessions")),
      ]);
    } catch (error) {
      // On a slow machine some wait for a connection longer than they may.
      if (isUnavailable(error)) return await look(id);
      throw error;
    }
  };
  await actAs(knex, "setup", async (trx) => {
    for (let n = 0; n < 200; n += 1) {
      await trx("users").insert({
        id: `crowd-${n}`,
        name: "One of many",
        email: `crowd-${n}@tocsin.example`,
      });
      await trx("inboxes").insert({ user_id: `crowd-${n}` });
    }
  });
  const people = Array.from({ length: 200 }, (_, n) => `crowd-${n}`);
  expect(await Promise.all(people.map(look))).toEqual(people.map((id) => [id]));
});

it("what brings bulks into inboxes reaches what came in bulk to its territory, each to one person, and who those are", async () => {
  const inBulk = await hospital.accept("north-1", {}, "bulk");
  const everybody = await hospital.broadcast({ territory_id: "north" });
  const actor: Actor = "bulk:north";
  expect(await ids(actor, "sends")).toEqual([inBulk]);
  expect(everybody).not.toBe(inBulk);
  expect(await ids("bulk:south", "sends")).toEqual([]);
  const named = (page: object, table: string) =>
    actAs(knex, actor, async (trx) => {
      for (const [name, value] of Object.entries(page))
        await trx.raw("SELECT set_config(?, ?, true)", [`app.${name}`, value]);
      return await trx(table).then((rows) => rows.length);
    });
  // The members of its territory among those whom it names.
  const people = { people: JSON.stringify(["north-1", "south-1"]) };
  expect(await actAs(knex, "bulk:north", (trx) => trx("inboxes").pluck("user_id"))).toEqual([]);
  expect(await named(people, "inboxes")).toBe(1);
  await hospital.persist(inBulk);
  expect(await ids(actor)).toEqual([inBulk]);
  // Naming another's notification gains nothing.
  for (const table of ["deliveries", "delivery_events"]) {
    expect(await named({ page: `{${sent.north1},${sent.south1}}` }, table), table).toBe(0);
    expect(await named({ page: `{${inBulk}}` }, table), table).toBeGreaterThan(0);
  }
  for (const table of ["users", "audit_events", "secrets", "service_keys", "escalation_policies"])
    expect(await count(actor, table), table).toBe(0);
});

it("shows what joined an alert to those who have the alert, and to its service", async () => {
  const alert = await hospital.notify("north-1", { dedup_key: "freezer-7" });
  const repeat = await hospital.notify("north-1", { dedup_key: "freezer-7" });
  const sees = async (actor: Actor) => (await ids(actor, "sends")).includes(repeat);
  for (const actor of ["user:north-1", `service:${hospital.services.north.id}`] as const)
    expect(await sees(actor), actor).toBe(true);
  const others = [
    "user:north-2",
    "user:north-boss",
    "user:south-1",
    "user:admin",
    `worker:${alert}`,
  ] as const;
  for (const actor of [...others, `service:${hospital.services.south.id}`] as const)
    expect(await sees(actor), actor).toBe(false);
});

describe("the rule for who is named to be told", () => {
  /** Ways in which somebody is named to be told of something: `is_named` looks at each. */
  const NAMES = [
    ...["memberships.user_id", "inboxes.user_id", "sends.user_id", "topic_members.user_id"],
    ...["schedules.layers", "schedules.fallback", "schedule_overrides.user_id", "calendar_shifts.user_id"],
    ...["schedule_swaps.proposer_id", "schedule_swaps.colleague_id", "availability.delegate_id"],
    ...["escalation_policies.rules", "notifications.escalation", "territories.settings"],
    "pending_changes.change",
  ];
  /** What somebody has of their own or did, which nobody has who never signed in; and what holds no people. */
  const OTHERWISE = [
    ...["sessions.user_id", "invitations.user_id", "user_identities.user_id", "passkeys.user_id"],
    ...[
      "second_factors.user_id",
      "recovery_codes.user_id",
      "factor_deadlines.user_id",
      "taken_roles.user_id",
    ],
    ...[
      "account_notices.user_id",
      "preferences.user_id",
      "preferences.settings",
      "contact_points.user_id",
      "contact_codes.user_id",
    ],
    ...["availability.user_id", "redaction_examples.user_id"],
    ...["emergency_accesses.user_id", "emergency_accesses.recipient_id", "emergency_accesses.reviewed_by"],
    ...["pending_changes.asked_by", "schedule_overrides.author_id", "schedule_swaps.author_id"],
    ...["scim_tokens.made_by", "scim_groups.mapped_by", "scim_people.user_id", "scim_people.names"],
    ...["scim_group_members.user_id", "scim_memberships.user_id"],
    ...["audit_verifications.asked_by", "audit_verifications.findings"],
    ...["push_devices.user_id", "walls.granted_by", "walls.ended_by", "subject_tokens.user_id"],
    ...["notifications.items", "sends.channel_terms"],
    ...[
      "audit_events.payload",
      "notifications.redaction",
      "on_call_roles.code",
      "schedule_calendars.unknown",
      "schedule_calendars.titles",
    ],
  ];

  it("knows every column that holds people", async () => {
    const rows = await hospital.asOwner(
      `SELECT relname || '.' || attname AS name FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND attnum > 0 AND NOT attisdropped
         AND (atttypid = 'jsonb'::regtype OR EXISTS (SELECT FROM pg_constraint
           WHERE contype = 'f' AND conrelid = pg_class.oid AND confrelid = 'users'::regclass AND conkey = ARRAY[attnum]))`,
    );
    expect(rows.map(({ name }) => String(name)).sort()).toEqual([...NAMES, ...OTHERWISE].sort());
    const [rule] = await hospital.asOwner("SELECT pg_get_functiondef('is_named'::regproc) AS text");
    for (const name of NAMES) {
      const [table = "", column = ""] = name.split(".");
      expect(rule?.["text"], name).toMatch(new RegExp(`public\\.${table}\\b[^;]*\\b${column}\\b`));
    }
  });
});
