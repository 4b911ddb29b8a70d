import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { z } from "zod";
import { type Answer, as, type Method } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { RedactionUnfinished } from "../../redaction/index.ts";
import { readSettings } from "../../store/settings.ts";
import { actAs } from "../../store/db/knex.ts";
import { User } from "../users/schema.ts";
import { Territory } from "./schema.ts";
import { checkRedaction } from "./settings.ts";

let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  owner = await hospital.owner("audit_events", "territories");
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const call = (method: Method, path: string, body?: object): Promise<Answer> =>
  server.call(method, path, body, as(hospital.people.admin));

const make = <T extends z.ZodType>(schema: T, path: string, body: object): Promise<z.output<T>> =>
  server.make(schema, path, body, as(hospital.people.admin));

const newest = async (): Promise<unknown> => {
  const { rows } = await owner.query(
    "SELECT action, actor, payload FROM audit_events ORDER BY id DESC LIMIT 1",
  );
  return rows[0];
};
const change = (settings: object) =>
  server.patch("/api/territories/north", { settings }, as(hospital.people.admin));

it("makes a territory, renames it, sets it up, and archives it once nobody is in it", async () => {
  const body = { territory_id: "east/1", name: "East", settings: { originals_days: 30 } };
  expect(await make(Territory, "/api/territories", body)).toMatchObject(body);
  expect((await call("POST", "/api/territories", body)).status).toBe(409);
  const path = `/api/territories/${encodeURIComponent("east/1")}`;
  const changes = {
    name: "East Wing",
    settings: { originals_days: null, redaction: { facilities: false } },
  };
  expect(await call("PATCH", path, changes)).toMatchObject({
    status: 200,
    body: { name: "East Wing", settings: { redaction: { facilities: false } } },
  });
  const member = {
    email: "e@tocsin.example",
    name: "E",
    memberships: [{ territory_id: "east/1", role: "clinician" }],
  };
  const { user_id } = await make(User, "/api/users", member);
  expect((await call("DELETE", path)).status).toBe(409);
  await call("PATCH", `/api/users/${user_id}`, { memberships: [] });
  expect((await call("DELETE", path)).status).toBe(204);
  const again = await call("PATCH", `/api/users/${user_id}`, { memberships: member.memberships });
  expect(again.status).toBe(422);
  expect(await call("GET", path)).toMatchObject({
    status: 200,
    body: { archived_at: expect.any(String) },
  });
  expect(await call("GET", "/api/territories?q=east")).toMatchObject({ body: { territories: [] } });
  expect((await call("PATCH", path, { archived: false })).status).toBe(200);
  expect(await call("GET", "/api/territories?q=east")).toMatchObject({
    body: { territories: [{}] },
  });
});

it("takes an active person of the territory alone as its last resort", async () => {
  const refused = await change({ last_resort: { user_id: "south-1" } });
  expect(refused).toMatchObject({
    status: 422,
    body: { errors: [{ path: "/settings/last_resort/user_id" }] },
  });
  const set = await change({ last_resort: { user_id: "north-2" }, privacy_officer: "north-boss" });
  expect(set).toMatchObject({
    status: 200,
    body: { people: ["north-2", "north-boss"].map((user_id) => ({ user_id, name: expect.any(String) })) },
  });
  expect(await change({ last_resort: null, privacy_officer: null })).toMatchObject({
    status: 200,
    body: { people: [] },
  });
});

it("refuses patterns and hidden values by which alerts would say nothing, for a new territory too", async () => {
  const redaction = { patterns: [{ kind: "other_id", source: "\\w{1,40}" }] };
  const refused = {
    status: 422,
    body: { errors: [{ path: "/settings/redaction", message: expect.stringContaining("6.8") }] },
  };
  expect(await change({ redaction })).toMatchObject(refused);
  const unsafe = { patterns: ["\\d{4}", "(a+)+b"].map((source) => ({ kind: "other_id", source })) };
  expect(await change({ redaction: unsafe })).toMatchObject({
    status: 422,
    body: {
      errors: [{ path: "/settings/redaction/patterns/1/source", message: /not a safe pattern: unbounded/ }],
    },
  });
  const blank = { territory_id: "blank", name: "Blank", settings: { redaction } };
  expect(await call("POST", "/api/territories", blank)).toMatchObject(refused);
});

it("refuses patterns that take too long to judge, and says so", async () => {
  const redaction = { patterns: [{ kind: "other_id" as const, source: "QX-\\d{4}" }] };
  const late = checkRedaction(redaction, undefined, () => Promise.reject(new RedactionUnfinished("time")));
  await expect(late).rejects.toMatchObject({
    status: 422,
    faults: [{ path: "/settings/redaction", message: expect.stringContaining("too much time to judge") }],
  });
});

it("puts the old and the new value of every setting on record", async () => {
  const { admin } = hospital.people;
  const settings = { originals_days: 365, redaction: { facilities: false } };
  await server.post("/api/territories", { territory_id: "west", name: "West", settings }, as(admin));
  expect(await newest()).toMatchObject({
    action: "territory.create",
    payload: {
      settings: {
        originals_days: { from: null, to: 365 },
        "redaction.facilities": { from: null, to: false },
      },
    },
  });
  expect(await change({ originals_days: 30 })).toMatchObject({ status: 200 });
  const kinds = ["name", "ssn", "mrn", "date", "phone", "email"];
  expect(await change({ originals_days: null, redaction: { kinds } })).toMatchObject({ status: 200 });
  expect(await newest()).toMatchObject({
    action: "territory.update",
    actor: "user:admin",
    payload: {
      fields: ["settings"],
      settings: { originals_days: { from: 30, to: null }, "redaction.kinds": { from: null, to: kinds } },
    },
  });
});

it("refuses to leave out a kind that is redacted everywhere, and redacts it where that was allowed once", async () => {
  const refused = await change({ redaction: { kinds: ["name", "ssn", "mrn", "phone", "email"] } });
  expect(refused).toMatchObject({
    status: 422,
    body: { errors: [{ message: expect.stringContaining("must include name, ssn, mrn, date") }] },
  });
  await owner.query(
    `UPDATE territories SET settings = '{"redaction": {"kinds": ["url"]}}' WHERE id = 'north'`,
  );
  const stored = await actAs(hospital.knex, "user:north-1", (trx) => readSettings(trx, "north"));
  expect(stored.redaction?.kinds).toEqual(["url", "name", "ssn", "mrn", "date", "phone", "email"]);
  const shown = await server.get("/api/territories/north", as(hospital.people.admin));
  expect(shown).toMatchObject({ body: { settings: stored } });
});
