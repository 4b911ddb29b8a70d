import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actAs } from "../../store/db/knex.ts";
import { setRoles } from "../../store/people/people.ts";
import { as, type Caller } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { Board } from "../board/schema.ts";
import { OpenedWall, WallList, WallWithCode } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
let alert: string;
let south: string;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital, { RATE_FAILURES_PER_MINUTE: "1000" });
  alert = await hospital.notify("north-1", { priority: "critical", message: "Jane Whitfield, K+ 6.8" });
  south = await hospital.notify("south-1", { priority: "critical" });
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const admin = (): Caller => as(hospital.people.admin);
const grant = (by = admin()) =>
  server.make(WallWithCode, "/api/walls", { territory_id: "north", name: "Ward 3" }, by);
const open = (code: string) => server.post("/api/wall", { code });
/** The cookie that an answer gives; null for none. */
const cookieOf = ({ headers }: { headers: Headers }): string | null =>
  headers.get("set-cookie")?.split(";", 1)[0] ?? null;
/** A screen that was granted and opened, by its cookie. */
async function aScreen(by = admin()): Promise<{ id: string; cookie: string }> {
  const { wall, code } = await grant(by);
  return { id: wall.wall_id, cookie: cookieOf(await open(code)) ?? "none" };
}
const look = (cookie: string) => server.get("/api/wall", undefined, { Cookie: cookie });
const stateOf = async (id: string) =>
  (await server.get("/api/walls", admin())).read(WallList).walls.find(({ wall_id }) => wall_id === id);
const onRecord = async (id: string) =>
  (
    await hospital.asOwner(
      "SELECT actor, action, outcome, payload->>'why' AS why FROM audit_events WHERE object_id = $1 ORDER BY id",
      id,
    )
  ).map(({ actor, action, outcome, why }) => [actor, action, outcome, why]);
const setBack = (id: string, set: string) =>
  hospital.owner("walls").then((owner) => owner.query(`UPDATE walls SET ${set} WHERE id = $1`, [id]));

describe("a screen on a wall", () => {
  it("is opened once by a code, shows its territory's board, redacted, and is on record", async () => {
    const { wall, code, url } = await grant();
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/);
    expect(url).toBe(`${server.url}/wall#${code}`);
    expect(wall).toMatchObject({ state: "waiting", granted_by: { user_id: "admin" } });
    // As somebody types it.
    const opened = await open(code.toLowerCase().replaceAll("-", " "));
    expect(opened.read(OpenedWall)).toMatchObject({ territory_id: "north", name: "Ward 3" });
    expect(opened.headers.get("set-cookie")).toMatch(/; httponly/i);
    expect(opened.headers.get("set-cookie")).toMatch(/; samesite=strict/i);
    expect((await open(code)).status).toBe(410);
    const board = (await look(cookieOf(opened) ?? "")).read(Board);
    expect(board.alerts.map(({ notification_id }) => notification_id)).toEqual([alert]);
    expect(board.alerts[0]).toMatchObject({
      message: "[NAME], K+ 6.8",
      recipient: { name: "north-1" },
      next: { whom: "supervisor", count: 1 },
    });
    expect(JSON.stringify(board)).not.toContain(south);
    expect(await stateOf(wall.wall_id)).toMatchObject({ state: "live" });
    expect(await onRecord(wall.wall_id)).toEqual([
      ["user:admin", "wall.grant", "ok", null],
      ["sign-in", "wall.open", "ok", null],
    ]);
  });

  it("is told to the territory's supervisors before it is granted", async () => {
    const count = async () =>
      Number(
        (
          await hospital.asOwner(
            "SELECT count(*) AS n FROM sends WHERE user_id = 'north-boss' AND category = 'system_message'",
          )
        )[0]?.["n"],
      );
    const before = await count();
    await grant();
    expect(await count()).toBe(before + 1);
  });

  it("is granted, listed and ended by admins alone", async () => {
    const { northBoss, north1, auditor } = hospital.people;
    const { id } = await aScreen();
    for (const who of [northBoss, north1, auditor]) {
      expect((await server.get("/api/walls", as(who))).status).toBe(403);
      expect((await server.delete(`/api/walls/${id}`, as(who))).status).toBe(403);
      const body = { territory_id: "north", name: "Mine" };
      expect((await server.post("/api/walls", body, as(who))).status).toBe(403);
    }
    const nowhere = { territory_id: "nowhere", name: "x" };
    expect((await server.post("/api/walls", nowhere, admin())).status).toBe(422);
  });

  it("ends at once when an admin ends it, or when its granter is disabled", async () => {
    const { id, cookie } = await aScreen();
    expect((await look(cookie)).status).toBe(200);
    expect((await server.delete(`/api/walls/${id}`, admin())).status).toBe(204);
    expect((await look(cookie)).status).toBe(401);
    expect((await server.delete(`/api/walls/${id}`, admin())).status).toBe(404);
    expect(await stateOf(id)).toMatchObject({ state: "over", ended_why: "ended" });

    const other = await aPerson(hospital, { id: "admin-2", role: "admin" });
    const theirs = await aScreen(as(other));
    expect((await look(theirs.cookie)).status).toBe(200);
    await actAs(hospital.knex, "setup", (trx) =>
      trx("users").where({ id: "admin-2" }).update({ disabled_at: new Date() }),
    );
    expect(await stateOf(theirs.id)).toMatchObject({ state: "over", ended_why: "granter_disabled" });
    expect((await look(theirs.cookie)).status).toBe(401);
    expect(await onRecord(theirs.id)).toContainEqual(["sign-in", "wall.end", "ok", "granter_disabled"]);
    await actAs(hospital.knex, "setup", (trx) =>
      trx("users").where({ id: "admin-2" }).update({ disabled_at: null }),
    );
    expect((await look(theirs.cookie)).status).toBe(401);
  });

  it("ends with the role of who granted it, at once", async () => {
    const other = await aPerson(hospital, { id: "admin-3", role: "admin" });
    const { id, cookie } = await aScreen(as(other));
    const waiting = await grant(as(other));
    expect((await look(cookie)).status).toBe(200);
    await actAs(hospital.knex, "user:admin", (trx) => setRoles(trx, "admin-3", []));
    expect(await stateOf(id)).toMatchObject({ state: "over", ended_why: "granter_no_admin" });
    expect((await look(cookie)).status).toBe(401);
    expect((await open(waiting.code)).status).toBe(410);
    expect(await onRecord(id)).toContainEqual(["user:admin", "wall.end", "ok", "granter_no_admin"]);
  });

  it("ends at the next look where a node of before took that role", async () => {
    await aPerson(hospital, { id: "admin-4", role: "admin" });
    const { id, cookie } = await aScreen();
    await setBack(id, "granted_by = 'admin-4'");
    const owner = await hospital.owner("memberships");
    await owner.query("DELETE FROM memberships WHERE user_id = 'admin-4'");
    expect((await look(cookie)).status).toBe(401);
    expect(await onRecord(id)).toContainEqual(["sign-in", "wall.end", "ok", "granter_no_admin"]);
  });

  it("is listed however many came and went since", async () => {
    const { id } = await aScreen();
    const owner = await hospital.owner("walls");
    await owner.query(
      `INSERT INTO walls (id, territory_id, name, granted_by, granted_at, code_expires_at, ended_at, ended_why)
       SELECT gen_random_uuid(), 'north', 'Gone', 'admin', now() + interval '1 minute', now(), now(), 'ended' FROM generate_series(1, 250)`,
    );
    expect(await stateOf(id)).toMatchObject({ state: "live" });
    await owner.query("DELETE FROM walls WHERE name = 'Gone'");
  });

  it("is granted thirty times an hour by one admin, and supervisors hear of none beyond that, nor of one too many of a territory", async () => {
    const told = async () =>
      (
        await hospital.asOwner(
          "SELECT count(*)::int AS n FROM sends WHERE user_id = 'north-boss' AND category = 'system_message'",
        )
      )[0]?.["n"];
    const eager = as(await aPerson(hospital, { id: "admin-5", role: "admin" }));
    const ask = () => server.post("/api/walls", { territory_id: "north", name: "Ward 3" }, eager);
    const owner = await hospital.owner("walls");
    const none = () =>
      owner.query("UPDATE walls SET ended_at = now(), ended_why = 'ended' WHERE ended_at IS NULL");
    await none();
    const before = Number(await told());
    for (let n = 0; n < 30; n += 1) expect((await ask()).status).toBe(201);
    expect((await ask()).status).toBe(429);
    expect(await told()).toBe(before + 30);
    const denied =
      "SELECT payload->>'problem' AS problem FROM audit_events WHERE actor = 'user:admin-5' AND outcome = 'denied'";
    expect(await hospital.asOwner(denied)).toEqual([{ problem: "too-many" }]);

    await owner.query(
      `INSERT INTO walls (id, territory_id, name, granted_by, code_expires_at)
       SELECT gen_random_uuid(), 'north', 'One more', 'admin', now() + interval '5 minutes' FROM generate_series(1, 20)`,
    );
    expect((await server.post("/api/walls", { territory_id: "north", name: "x" }, admin())).status).toBe(409);
    expect(await told()).toBe(before + 30);
    await none();
  });

  it("is given no more than fifty tokens that it does not show", async () => {
    const { id, cookie } = await aScreen();
    await setBack(
      id,
      `token_since = now() - interval '2 hours', next_since = now() - interval '1 hour',
       next_hashes = ARRAY(SELECT decode(lpad(to_hex(n), 64, '0'), 'hex') FROM generate_series(1, 50) AS n)`,
    );
    const given = cookieOf(await look(cookie)) ?? "none";
    const [row] = await hospital.asOwner(
      "SELECT cardinality(next_hashes) AS count FROM walls WHERE id = $1",
      id,
    );
    expect(row).toEqual({ count: 50 });
    expect((await look(given)).status).toBe(200);
  });

  it("is not seen by the database either once it is ended", async () => {
    const { id } = await aScreen();
    const seen = () =>
      actAs(hospital.knex, `wall:${id}`, (trx) => trx("notifications").pluck("territory_id"));
    expect(new Set(await seen())).toEqual(new Set(["north"]));
    expect(await actAs(hospital.knex, `wall:${id}`, (trx) => trx("sends"))).toEqual([]);
    await server.delete(`/api/walls/${id}`, admin());
    expect(await seen()).toEqual([]);
  });

  it("shows another token each hour, and one that is shown after that in another's hands ends it", async () => {
    const { id, cookie } = await aScreen();
    expect(cookieOf(await look(cookie))).toBeNull();
    await setBack(id, "token_since = now() - interval '61 minutes'");
    const next = cookieOf(await look(cookie)) ?? "none";
    // The answer may have been lost: the old one is good until the new one was shown, and for a moment longer.
    expect(cookieOf(await look(cookie))).toBeNull();
    expect((await look(next)).status).toBe(200);
    expect((await look(cookie)).status).toBe(200);
    await setBack(id, "token_since = now() - interval '2 minutes'");
    expect((await look(next)).status).toBe(200);
    expect((await look(cookie)).status).toBe(401);
    expect((await look(next)).status).toBe(401);
    expect(await onRecord(id)).toContainEqual(["sign-in", "wall.end", "denied", "token_reused"]);
  });

  it("has to be granted anew after 90 days, or where it was off for a week; a code is good for 15 minutes", async () => {
    for (const [set, why] of [
      ["expires_at = now() - interval '1 second'", "expired"],
      ["last_seen_at = now() - interval '8 days'", "unused"],
    ] as const) {
      const { id, cookie } = await aScreen();
      await setBack(id, set);
      expect((await look(cookie)).status).toBe(401);
      expect(await stateOf(id)).toMatchObject({ state: "over", ended_why: why });
    }
    const { wall, code } = await grant();
    expect(Date.parse(wall.granted_at) + 15 * 60_000).toBeGreaterThan(Date.now());
    await setBack(wall.wall_id, "code_expires_at = now() - interval '1 second'");
    expect((await open(code)).status).toBe(410);
  });

  it("has a token that is none of a session, and no session's token is one of it", async () => {
    const { cookie } = await aScreen();
    const token = cookie.split("=")[1];
    const asSession = { Cookie: `tocsin=${token}` };
    expect((await server.get("/api/sessions", undefined, asSession)).status).toBe(401);
    expect((await server.get("/api/board", undefined, asSession)).status).toBe(401);
    const { Cookie: session = "" } = await server.headersOf(admin());
    expect((await look(`tocsin-wall=${session.split("=")[1]}`)).status).toBe(401);
    // Nor is it good in a header, as a key is.
    const bearer = { Authorization: `Bearer ${token}` };
    expect((await server.get("/api/wall", undefined, bearer)).status).toBe(401);
  });

  it("is not opened from another site", async () => {
    const { code } = await grant();
    const elsewhere = { Origin: "https://elsewhere.example" };
    expect((await server.post("/api/wall", { code }, undefined, elsewhere)).status).toBe(403);
  });
});
