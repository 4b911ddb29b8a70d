import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { type Answer, as, type Method } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aSend } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { Service } from "../services/schema.ts";
import { Key, KeyWithSecret } from "./schema.ts";

/** A call of a transition. */
const Step = z.object({ name: z.string(), at: z.enum(["begin", "end"]) });

let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  owner = await hospital.owner("audit_events");
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const call = (method: Method, path: string, body?: object): Promise<Answer> =>
  server.call(method, path, body, as(hospital.people.admin));

const make = <T extends z.ZodType>(schema: T, path: string, body: object): Promise<z.output<T>> =>
  server.make(schema, path, body, as(hospital.people.admin));

const lastRecord = async (): Promise<{ [column: string]: unknown }> =>
  (await owner.query("SELECT * FROM audit_events ORDER BY id DESC LIMIT 1")).rows[0];

describe("keys", () => {
  const sendWith = async (key: string, territory_id = "north"): Promise<number> => {
    const body = aSend({ user_id: "north-1", territory_id });
    return (await server.post("/api/notifications/send", body, as({ key }))).status;
  };

  it("cost no look-up where they were made up", async () => {
    const { service_id } = await make(Service, "/api/services", { name: "Cardiology" });
    const { key } = await make(KeyWithSecret, "/api/keys", { service_id, territory_ids: ["north"] });
    const asked: string[] = [];
    const note = (step: unknown): void => {
      const { name, at } = Step.parse(step);
      if (at === "begin") asked.push(name);
    };
    subscribe("tocsin:transition", note);
    onTestFinished(() => void unsubscribe("tocsin:transition", note));
    const [id = ""] = key.split(".");
    for (const made of [
      `${id}.${"x".repeat(65)}`,
      `${key.slice(0, -22)}${"A".repeat(22)}`,
      `tocsin_x.${key.split(".")[1]}`,
    ])
      expect(await sendWith(made), made).toBe(401);
    expect(asked.filter((name) => name === "read_key")).toEqual([]);
    expect(await sendWith(key)).toBe(202);
    expect(asked.filter((name) => name === "read_key")).toHaveLength(1);
  });

  it("show their secret once, are scoped, two at a time, rotate, and end", async () => {
    const { service_id } = await make(Service, "/api/services", { name: "Laboratory" });
    const scope = { service_id, territory_ids: ["north"] };
    const first = await make(KeyWithSecret, "/api/keys", scope);
    expect(first.key).toMatch(/^tocsin_[0-9a-f]{32}\.[A-Za-z0-9_-]{65}$/);
    expect(await lastRecord()).toMatchObject({ action: "key.create", object_id: first.key_id });
    expect(JSON.stringify(await lastRecord())).not.toContain(first.key.split(".")[1]);
    expect(await sendWith(first.key)).toBe(202);
    expect(await sendWith(first.key, "south")).toBe(403);

    const shown = await call("GET", `/api/keys/${first.key_id}`);
    expect(Key.strict().parse(shown.body)).toMatchObject({ state: "live", last_used_at: expect.any(String) });

    const second = KeyWithSecret.parse(
      (await call("POST", `/api/keys/${first.key_id}/rotate`, { overlap_hours: 1 })).body,
    );
    expect(second.territory_ids).toEqual(["north"]);
    expect(await sendWith(first.key)).toBe(202);
    expect(await sendWith(second.key)).toBe(202);
    const inHours = (time: unknown): number => (Date.parse(String(time)) - Date.now()) / 3_600_000;
    const old = Key.parse((await call("GET", `/api/keys/${first.key_id}`)).body);
    expect(inHours(old.expires_at)).toBeCloseTo(1, 1);

    for (const path of ["/api/keys", `/api/keys/${second.key_id}/rotate`]) {
      const third = await call("POST", path, path === "/api/keys" ? scope : {});
      expect(third).toMatchObject({ status: 409, body: { detail: expect.stringContaining(first.key_id) } });
    }
    expect((await call("DELETE", `/api/keys/${first.key_id}`)).status).toBe(204);
    expect(await sendWith(first.key)).toBe(401);
    expect(await sendWith(second.key)).toBe(202);
    const third = KeyWithSecret.parse(
      (await call("POST", `/api/keys/${second.key_id}/rotate`, { overlap_hours: 0 })).body,
    );
    expect(await sendWith(second.key)).toBe(401);
    expect(await sendWith(third.key)).toBe(202);

    expect((await call("PATCH", `/api/keys/${third.key_id}`, { territory_ids: ["south"] })).status).toBe(200);
    expect(await sendWith(third.key)).toBe(403);
    expect((await call("DELETE", `/api/services/${service_id}`)).status).toBe(204);
    expect(await sendWith(third.key)).toBe(401);
    expect((await call("POST", "/api/keys", scope)).status).toBe(422);
    const { body } = await call("GET", `/api/keys?service=${service_id}`);
    expect(body).toMatchObject({ keys: [{ state: "revoked" }, { state: "revoked" }, { state: "revoked" }] });
  });

  it("are never more than two, however many are asked for at once", async () => {
    const { service_id } = await make(Service, "/api/services", { name: "Pharmacy" });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call("POST", "/api/keys", { service_id, territory_ids: ["north"] })),
    );
    const granted = answers.filter(({ status }) => status === 201);
    expect(granted).toHaveLength(2);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(18);
  });

  it("have a scope that exists and a future end", async () => {
    const { service_id } = await make(Service, "/api/services", { name: "Radiology" });
    const good = { service_id, territory_ids: ["north"] };
    for (const wrong of [
      { territory_ids: [] },
      { territory_ids: ["nowhere"] },
      { expires_at: "2020-01-01T00:00:00Z" },
      { expires_at: "tomorrow" },
      { service_id: "x" },
    ])
      expect((await call("POST", "/api/keys", { ...good, ...wrong })).status).toBe(422);
    expect((await call("POST", "/api/services", { name: "Radiology" })).status).toBe(409);
    for (const path of ["/api/keys/nothing", "/api/keys/%00", "/api/services/nothing"])
      expect((await call("GET", path)).status).toBe(404);
  });
});
