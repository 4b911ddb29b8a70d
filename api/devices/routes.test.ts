import { MockActivityEnvironment } from "@temporalio/testing";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createDeliver } from "../../activities/delivery/deliver.ts";
import { readChannelSettings } from "../../config/channels.ts";
import { createCounters } from "../../config/counters.ts";
import { createLog } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import { createRegistry, type Registry } from "../../channels/registry.ts";
import { currentTask } from "../../node/worker.ts";
import { aDevice, type TestDevice } from "../../plugins/push/testing/device.ts";
import { type PushService, startPushService } from "../../plugins/push/testing/service.ts";
import { actAs } from "../../store/db/knex.ts";
import { endSessions } from "../../store/people/people.ts";
import { endExpiredSessions } from "../../store/people/sessions.ts";
import { createLinks } from "../../store/crypto/links.ts";
import { loadInstallationKey } from "../../store/crypto/secrets.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { as, type Caller } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { Device, DeviceList } from "./schema.ts";

const PATH = "/api/devices";
const ORIGIN = "https://tocsin.hospital.example";
const PASSWORD = "a long enough password";

let service: PushService;
let hospital: Hospital;
let server: TestServer;
let channels: Registry;
let owner: pg.Client;

beforeAll(async () => {
  service = await startPushService();
  hospital = await createHospital({ channels: ["websocket", "push"] });
  const CHANNEL_PUSH = JSON.stringify({ contact: "mailto:it@hospital.example", hosts: [service.host] });
  server = await startServer(hospital, { CHANNEL_PUSH });
  owner = await hospital.owner("push_devices", "contact_points", "audit_events", "sessions");
  const silent = (): void => undefined;
  const { derive } = await secrets();
  channels = await createRegistry({
    builtIn: [],
    settings: readChannelSettings({ CHANNEL_PUSH }),
    log: { debug: silent, info: silent, warn: silent, error: silent },
    counters: createCounters(null),
    derive,
  });
});
beforeEach(async () => {
  await owner.query("DELETE FROM push_devices");
  service.messages.length = 0;
  service.treat("take");
});
afterAll(async () => {
  await channels.stop();
  await server.stop();
  await hospital.close();
  await service.close();
});

const secrets = () => loadInstallationKey(hospital.knex, createVault(hospital.config.masterKeys));
const list = async (by: Caller) => (await server.get(PATH, by)).read(DeviceList);
const give = (by: Caller, { subscription }: TestDevice, name = "Chrome on Android") =>
  server.post(PATH, { name, ...subscription }, by);
const add = async (by: Caller, device: TestDevice, name?: string): Promise<string> => {
  const answer = await give(by, device, name);
  expect(answer.status).toBe(201);
  return answer.read(Device).device_id;
};
const addressOf = async (person: string): Promise<{ id: string }[] | null> => {
  const { rows } = await owner.query(
    "SELECT address FROM contact_points WHERE user_id = $1 AND channel = 'push' AND verified_at IS NOT NULL",
    [person],
  );
  return rows[0] === undefined ? null : JSON.parse(rows[0].address);
};

/** Has a worker make the attempt of the channel `push` at a notification to somebody. */
async function deliver(person: string, priority: "critical" | "normal" = "critical") {
  const id = await hospital.notify(person, { priority });
  const [row] = await hospital.asOwner(
    "SELECT id FROM deliveries WHERE notification_id = $1 AND channel = 'push'",
    id,
  );
  const activity = createDeliver({
    knex: hospital.knex,
    channels,
    task: currentTask,
    links: createLinks(await secrets(), ORIGIN),
    onAttempt: () => undefined,
    log: createLog("silent"),
  });
  const result = await new MockActivityEnvironment().run(activity, id, String(row?.["id"]));
  return { id, result };
}

describe("/api/devices", () => {
  it("gives the key by which a browser subscribes, the same on every node", async () => {
    const { key, devices } = await list(as(hospital.people.north1));
    expect(devices).toEqual([]);
    expect(Buffer.from(must(key ?? undefined, "key"), "base64url")).toHaveLength(65);
    expect(must(channels.get("push"), "push").instance.deviceKey).toBe(key);
  });

  it("adds several devices of a person, which are their address of the channel, and takes them away, on record", async () => {
    const by = as(hospital.people.north1);
    const phone = aDevice(`${service.url}/phone`);
    const [first, second] = [await add(by, phone), await add(by, aDevice(`${service.url}/desk`), "Firefox")];
    expect((await list(by)).devices.map(({ name }) => name)).toEqual(["Chrome on Android", "Firefox"]);
    expect((await addressOf("north-1"))?.map(({ id }) => id)).toEqual([first, second]);
    // The same browser once more is the same device.
    expect(await add(by, phone, "My phone")).toBe(first);
    expect((await list(by)).devices).toHaveLength(2);
    // Its person is told of a device that is new, by email.
    const notices = await hospital.asOwner("SELECT user_id, change FROM account_notices");
    expect(notices).toEqual([1, 2].map(() => ({ user_id: "north-1", change: "push" })));
    // No other person sees, moves or removes it, and nobody else is told on it.
    const other = as(hospital.people.north2);
    expect((await list(other)).devices).toEqual([]);
    expect((await server.delete(`${PATH}/${first}`, other)).status).toBe(404);
    expect(
      (await server.put(`${PATH}/current`, { endpoint: phone.subscription.endpoint }, other)).status,
    ).toBe(404);
    expect((await give(other, phone)).status).toBe(409);

    for (const id of [first, second]) expect((await server.delete(`${PATH}/${id}`, by)).status).toBe(204);
    expect(await addressOf("north-1")).toBeNull();
    const { rows } = await owner.query(
      "SELECT action, outcome FROM audit_events WHERE actor = 'user:north-1' AND action LIKE 'device.%' ORDER BY id",
    );
    expect(rows.map(({ action }) => action)).toEqual([
      "device.add",
      "device.add",
      "device.add",
      "device.remove",
      "device.remove",
    ]);
  });

  it("takes two at once, ten at most, and none beyond the push services", async () => {
    const by = as(hospital.people.north1);
    const many = Array.from({ length: 10 }, (_, index) => aDevice(`${service.url}/${index}`));
    expect((await Promise.all(many.map((one) => give(by, one)))).map(({ status }) => status)).toEqual(
      Array(10).fill(201),
    );
    expect(await addressOf("north-1")).toHaveLength(10);
    expect((await give(by, aDevice(`${service.url}/11`))).status).toBe(409);
    for (const elsewhere of [
      "https://169.254.169.254/latest",
      "http://10.0.0.1/x",
      "https://push.evil.example/x",
    ])
      expect((await give(by, aDevice(elsewhere))).status).toBe(422);
    expect(await give(by, aDevice(`${service.url}/12`), "Fire\u202efox")).toMatchObject({
      status: 422,
      body: { errors: [{ path: "/name" }] },
    });
  });

  it("is not the way of a typed address", async () => {
    const by = as(hospital.people.north1);
    const { subscription } = aDevice(`${service.url}/phone`);
    await add(by, aDevice(`${service.url}/desk`));
    expect(
      (
        await server.put(
          "/api/contact-points/push",
          { address: JSON.stringify([subscription]).slice(0, 400) },
          by,
        )
      ).status,
    ).toBe(404);
    expect((await server.delete("/api/contact-points/push", by)).status).toBe(404);
    const points = (await server.get("/api/contact-points", by)).read(
      z.object({ contact_points: z.array(z.unknown()) }),
    );
    expect(points.contact_points).toEqual([]);
  });

  it("loses a device with the session that was last seen on it, once somebody ends that", async () => {
    const person = await aPerson(hospital, { id: "device-1", territory: "north", password: PASSWORD });
    const other = await aPerson(hospital, { id: "device-2", territory: "north", password: PASSWORD });
    const phone = aDevice(`${service.url}/phone`);
    await add(as(person), phone);
    await add(as(other), aDevice(`${service.url}/desk`));
    const moved = await server.put(`${PATH}/current`, { endpoint: phone.subscription.endpoint }, as(person));
    expect(moved.status).toBe(200);

    expect((await server.delete("/api/sessions", as(person))).status).toBe(204);
    expect(await addressOf("device-1")).toBeNull();
    expect(await addressOf("device-2")).toHaveLength(1);
  });
});

describe("a device whose session merely ran out", () => {
  const PHONE = "ran-out";
  const runOut = async (): Promise<void> => {
    await owner.query("UPDATE sessions SET idle_until = now() - interval '1 minute' WHERE user_id = $1", [
      PHONE,
    ]);
    // The loop of every node writes that down.
    expect(await endExpiredSessions(hospital.knex)).toBe(1);
  };

  it("goes on telling its person, until they are signed out everywhere", async () => {
    const person = await aPerson(hospital, { id: PHONE, territory: "north", password: PASSWORD });
    await add(as(person), aDevice(`${service.url}/phone`));
    await runOut();
    expect(await addressOf(PHONE)).toHaveLength(1);
    const ended = await server.delete(`/api/users/${PHONE}/sessions`, as(hospital.people.admin));
    expect(ended.status).toBe(204);
    expect(await addressOf(PHONE)).toBeNull();
  });

  it("goes with every way of a person's other sessions to end, but for the device of the one that stays", async () => {
    const person = await aPerson(hospital, { id: "device-3", territory: "north", password: PASSWORD });
    await add(as(person), aDevice(`${service.url}/desk`));
    await owner.query(
      "INSERT INTO push_devices (user_id, name, endpoint, p256dh, auth) SELECT user_id, 'Ran out', endpoint || '-2', p256dh, auth FROM push_devices",
    );
    expect(await addressOf("device-3")).toHaveLength(2);
    const [session] = await hospital.asOwner(
      "SELECT session_id AS id FROM push_devices WHERE session_id IS NOT NULL",
    );
    await actAs(hospital.knex, "user:device-3", (trx) =>
      endSessions(trx, "device-3", { but: String(session?.["id"]) }),
    );
    expect((await list(as(person))).devices.map(({ name }) => name)).toEqual(["Chrome on Android"]);
  });
});

describe("an attempt by push", () => {
  it("tells every device which alert it is, and the token that comes along acknowledges once, on record", async () => {
    const phone = aDevice(`${service.url}/phone`);
    await add(as(hospital.people.north1), phone);
    await add(as(hospital.people.north1), aDevice(`${service.url}/desk`));
    const { id, result } = await deliver("north-1");
    expect(result).toMatchObject({ status: "accepted" });
    expect([service.messages.length, service.faults]).toEqual([2, []]);
    const body = service.messages.find(({ path }) => path === "/phone")?.body ?? Buffer.alloc(0);
    const told = z
      .strictObject({
        notification_id: z.literal(id),
        delivery_id: z.uuid(),
        category: z.string(),
        priority: z.literal("critical"),
        urgency: z.literal("critical"),
        answer: z.string(),
      })
      .parse(phone.open(body));

    const answer = () => server.post("/api/answers", { token: told.answer, answer: "acknowledge" });
    expect([(await answer()).status, (await answer()).status]).toEqual([200, 410]);
    const { rows } = await owner.query(
      "SELECT payload FROM audit_events WHERE action = 'notification.acknowledge' AND object_id = $1",
      [id],
    );
    expect(rows.map(({ payload }) => payload)).toEqual([expect.objectContaining({ channel: "push" })]);
  });

  it("loses what a push service knows no more, on record, and goes on without it", async () => {
    const by = as(hospital.people.north1);
    const gone = await add(by, aDevice(`${service.url}/phone`));
    service.treat({ status: 410 });
    expect((await deliver("north-1", "normal")).result).toMatchObject({ status: "skipped" });
    expect((await list(by)).devices).toEqual([
      expect.objectContaining({ device_id: gone, gone_at: expect.any(String) }),
    ]);
    expect(await addressOf("north-1")).toBeNull();
    const { rows } = await owner.query(
      "SELECT actor, outcome FROM audit_events WHERE action = 'device.lose' AND object_id = $1",
      [gone],
    );
    expect(rows).toEqual([{ actor: expect.stringMatching(/^worker:/), outcome: "ok" }]);

    // Added again, it is told again.
    service.treat("take");
    await add(by, aDevice(`${service.url}/again`));
    service.messages.length = 0;
    expect((await deliver("north-1", "normal")).result).toMatchObject({ status: "accepted" });
    expect(service.messages.map(({ path }) => path)).toEqual(["/again"]);
  });
});
