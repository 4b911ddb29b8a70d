import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { connected } from "../../testing/database-admin.ts";
import { type AuditEvent, NotRecordedError, record } from "./record.ts";
import { actAs, isPostgresError } from "../db/knex.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";

describe("the audit record", () => {
  let hospital: Hospital;
  beforeAll(async () => {
    hospital = await createHospital();
  });
  afterAll(() => hospital.close());

  const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
    await work.then(
      () => "no error",
      (error: unknown) => (isPostgresError(error, "42501") ? "42501" : error),
    );
  const rows = (objectId: string) =>
    hospital.asOwner(
      "SELECT *, xid::text AS xid FROM audit_events WHERE object_id = $1 ORDER BY id",
      objectId,
    );

  it("takes what is about very many in parts, and loses nothing of it", async () => {
    const took = Array.from({ length: 10_000 }, (_, at) => `${"é".repeat(36)}: clinician in north-${at}`);
    const event = { action: "test.many", outcome: "ok", objectId: "many" } as const;
    const payload = { name: "Staff", removed: took.slice(0, 5_000), took };
    await actAs(hospital.knex, "setup", (trx) => record(trx, "setup", { ...event, payload }));
    const parts = (await rows("many")).map((row) => Object(row["payload"]));
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.map(({ name, part, parts: of }) => [name, part, of])).toEqual(
      parts.map((_, index) => ["Staff", index + 1, parts.length]),
    );
    for (const list of ["removed", "took"] as const)
      expect(parts.flatMap((part) => part[list] ?? [])).toEqual(payload[list]);
  });

  it("takes no row in another's name, nor in nobody's", async () => {
    const { knex } = hospital;
    const forged = { action: "test.forge", outcome: "ok", objectId: "forged" } as const;
    expect(await codeOf(actAs(knex, "user:north-1", (trx) => record(trx, "user:north-2", forged)))).toBe(
      "42501",
    );
    expect(await codeOf(actAs(knex, "user:north-1", (trx) => record(trx, "setup", forged)))).toBe("42501");
    expect(await codeOf(knex.transaction((trx) => record(trx, "relay", forged)))).toBe("42501");
    expect(await rows("forged")).toEqual([]);
  });

  it("sets number, epoch, leaf, time and transaction itself, whatever is written into them", async () => {
    const before = Date.now();
    const act = { action: "test.act", outcome: "ok", objectId: "genuine" } as const;
    await actAs(hospital.knex, "relay", (trx) => record(trx, "relay", act));
    const [genuine] = await rows("genuine");
    const xid = await actAs(hospital.knex, "relay", async (trx) => {
      await trx.raw(
        `INSERT INTO audit_events (id, epoch, actor, action, outcome, object_id, at, xid, leaf) OVERRIDING SYSTEM VALUE
         VALUES (?, 99, 'relay', 'test.forge', 'ok', 'leaf', '2001-01-01', '1', ?)`,
        [Number(genuine?.["id"]), Buffer.alloc(32)],
      );
      return (await trx.raw("SELECT pg_current_xact_id()::text AS xid")).rows[0].xid;
    });
    const [row] = await rows("leaf");
    expect(row).toMatchObject({ xid, id: Number(genuine?.["id"]) + 1, epoch: genuine?.["epoch"] });
    const at = row?.["at"];
    if (!(at instanceof Date)) throw new Error("no time");
    expect(Math.abs(at.getTime() - before)).toBeLessThan(60_000);
    const [content] = await hospital.asOwner(
      `SELECT convert_to(jsonb_build_array(id, epoch, xid::text, extract(epoch FROM at), territory_id, actor, action, outcome,
         object_id, payload)::text, 'UTF8') AS bytes FROM audit_events WHERE object_id = 'leaf'`,
    );
    const bytes = content?.["bytes"];
    if (!Buffer.isBuffer(bytes)) throw new Error("no content");
    const leaf = createHash("sha256")
      .update(Buffer.from([0]))
      .update(bytes)
      .digest();
    expect(row?.["leaf"]).toEqual(leaf);
  });

  it("takes no event that is more than ids, codes and counts can be", async () => {
    const large = (event: Partial<AuditEvent>): Promise<unknown> =>
      actAs(hospital.knex, "relay", (trx) =>
        record(trx, "relay", { action: "test.large", outcome: "ok", ...event }),
      );
    await large({ payload: { ids: "x".repeat(250_000) } });
    await expect(large({ payload: { ids: "x".repeat(300_000) } })).rejects.toMatchObject({ code: "54000" });
    await expect(large({ objectId: "x".repeat(5_000) })).rejects.toMatchObject({ code: "54000" });
  });

  it("is refused to be changed: to the program, to the owner, and with triggers set aside", async () => {
    const { knex } = hospital;
    await actAs(knex, "relay", (trx) =>
      record(trx, "relay", { action: "test.act", outcome: "ok", objectId: "kept" }),
    );
    for (const change of CHANGES) {
      expect(await codeOf(actAs(knex, "relay", (trx) => trx.raw(change))), change).toBe("42501");
      expect(await codeOf(actAs(knex, "sealer", (trx) => trx.raw(change))), change).toBe("42501");
      expect(await codeOf(hospital.asOwner(change)), change).toBe("42501");
      expect(await codeOf(asReplica(change)), change).toBe("42501");
    }
    expect(await rows("kept")).toHaveLength(1);
  });

  it("stands or falls with the act that it records", async () => {
    const failing = actAs(hospital.knex, "relay", async (trx) => {
      await record(trx, "relay", { action: "test.act", outcome: "ok", objectId: "undone" });
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    expect(await rows("undone")).toEqual([]);
  });

  it("is by the actor of its transaction, for the owner of the tables too", async () => {
    const forge =
      "INSERT INTO audit_events (actor, action, outcome, leaf) VALUES ('user:north-1', 'test.forge', 'ok', '')";
    const asActor = (actor: string): Promise<unknown> =>
      asOwnerOf(hospital, `SELECT set_config('app.actor', '${actor}', false); ${forge}`);
    for (const actor of ["", "relay", "user:north-2"])
      expect(await codeOf(asActor(actor)), actor).toBe("42501");
    expect(await codeOf(hospital.asOwner(forge))).toBe("42501");
    expect(await codeOf(asActor("user:north-1"))).toBe("no error");
  });

  it.each([
    ["drops", "RETURN NULL", /took 1 of 2 events/],
    ["renames", "NEW.action := 'test.other'; RETURN NEW", /changed an event/],
    ["empties", "NEW.payload := '{}'; RETURN NEW", /changed an event/],
    ["moves", "NEW.territory_id := 'south'; RETURN NEW", /changed an event/],
    ["seals otherwise", "NEW.leaf := sha256(''); RETURN NEW", /leaf is not|has a leaf/],
  ])("lets no act stand whose event a trigger of the database %s", async (_how, body, why) => {
    const objectId = `lost ${why.source}`;
    await asOwnerOf(
      hospital,
      `CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF NEW.object_id IS NULL THEN RETURN NEW; END IF; ${body}; END $$;
       CREATE TRIGGER meddle BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION meddle()`,
    );
    const act = actAs(hospital.knex, "user:north-1", async (trx) => {
      await trx("inboxes").where({ user_id: "north-1" }).update({ seq: 77 });
      const event = { action: "test.act", outcome: "ok", payload: { n: 1 } } as const;
      await record(trx, "user:north-1", { ...event, objectId }, event);
    });
    await expect(act).rejects.toThrow(why);
    await expect(act).rejects.toThrow(NotRecordedError);
    expect(await hospital.asOwner("SELECT FROM inboxes WHERE seq = 77")).toEqual([]);
    await asOwnerOf(hospital, "DROP TRIGGER meddle ON audit_events; DROP FUNCTION meddle()");
  });

  it.each([
    "RETURN NULL",
    "NEW.payload := '{}'; RETURN NEW",
    "NEW.object_id := gen_random_uuid(); RETURN NEW",
    "NEW.leaf := sha256(''); RETURN NEW",
  ])("lets no page of a broadcast stand of whose events a trigger does %j to one", async (body) => {
    const id = await hospital.broadcast({ territory_id: "north" });
    await asOwnerOf(
      hospital,
      `CREATE SEQUENCE nth;
       CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
         IF NEW.action <> 'notification.persist' OR nextval('nth') <> 2 THEN RETURN NEW; END IF; ${body}; END $$;
       CREATE TRIGGER meddle BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION meddle()`,
    );
    await expect(hospital.page(id)).rejects.toMatchObject({ code: "TC001" });
    expect(await hospital.asOwner("SELECT FROM notifications WHERE send_id = $1", id)).toEqual([]);
    await asOwnerOf(
      hospital,
      "DROP TRIGGER meddle ON audit_events; DROP FUNCTION meddle(); DROP SEQUENCE nth",
    );
    expect(await hospital.page(id)).toMatchObject({ after: null });
  });

  it("notices a rule that swallows its events", async () => {
    await asOwnerOf(hospital, "CREATE RULE swallow AS ON INSERT TO audit_events DO INSTEAD NOTHING");
    const act = actAs(hospital.knex, "relay", (trx) =>
      record(trx, "relay", { action: "test.act", outcome: "ok" }),
    );
    await expect(act).rejects.toThrow();
    await asOwnerOf(hospital, "DROP RULE swallow ON audit_events");
  });

  it("is read by auditors, not by admins, supervisors or those who act", async () => {
    const count = (actor: `user:${string}`): Promise<number> =>
      actAs(hospital.knex, actor, async (trx) => (await trx("audit_events").select("id")).length);
    await actAs(hospital.knex, "user:north-1", (trx) =>
      record(trx, "user:north-1", { action: "test.act", outcome: "ok", territoryId: "north" }),
    );
    expect(await count("user:auditor")).toBeGreaterThan(0);
    for (const actor of ["user:admin", "user:north-boss", "user:north-1"] as const)
      expect(await count(actor), actor).toBe(0);
  });

  /** As a replication client, which ordinary triggers don't stop. */
  async function asReplica(sql: string): Promise<void> {
    const url = new URL(inject("databaseUrl"));
    url.pathname = hospital.database;
    await connected(url.href, async (superuser) => {
      await superuser.query("SET session_replication_role = replica");
      await superuser.query(sql);
    });
  }
});

/** Runs statements as the login that owns the tables, bound by row-level security as it is outside tests. */
const asOwnerOf = ({ config }: Hospital, sql: string): Promise<unknown> =>
  connected(config.database.url, (owner) => owner.query(sql));

const CHANGES = [
  "UPDATE audit_events SET outcome = 'failed'",
  "DELETE FROM audit_events",
  "TRUNCATE audit_events",
];
