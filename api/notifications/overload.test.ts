import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { createAdmission, type Place, type Urgency } from "../../node/admission.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";

/** Calls a second that a key may make. */
const RATE = 5;

let hospital: Hospital;
let server: TestServer;
const refused: Urgency[] = [];
const admission = createAdmission({ persists: false, onRefused: (urgency) => refused.push(urgency) });
let taken: Place[];

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital, { RATE_SENDS_PER_SECOND: String(RATE) }, { admission });
});
beforeEach(() => {
  taken = [];
  for (let place = admission.enter("other"); place !== null; place = admission.enter("other"))
    taken.push(place);
  refused.length = 0;
});
afterEach(() => {
  for (const place of taken) place.leave();
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const MESSAGE = { user_id: "north-1", territory_id: "north", message: "Potassium 6.8 mmol/L" };
const post = (body: object, key = hospital.services.north.key, path = "send"): Promise<Response> =>
  fetch(`${server.url}/api/notifications/${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
const denials = () =>
  hospital.asOwner("SELECT action FROM audit_events WHERE action = 'service.authenticate'");

it("refuses what is not critical before it looks at the key, says when to come back, and logs no failure", async () => {
  const before = await denials();
  const answer = await post(MESSAGE, "no key at all");
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
  expect(await answer.json()).toMatchObject({ type: "urn:tocsin:problem:overloaded" });
  expect(await denials()).toEqual(before);
  expect(server.lines.filter((line) => line.includes('"failed"'))).toEqual([]);
  expect(refused).toEqual(["other"]);
});

it("takes in what is critical all the same, alone, in bulk and to everybody", async () => {
  const critical = { ...MESSAGE, priority: "critical" };
  expect((await post(critical)).status).toBe(202);
  const { user_id: _, ...toAll } = critical;
  expect((await post(toAll, undefined, "broadcast")).status).toBe(202);
  expect((await post({ notifications: [MESSAGE, critical] }, undefined, "send-bulk")).status).toBe(202);
});

it("refuses what only looks critical, or can't be judged by its first bytes, once it is read", async () => {
  expect((await post({ ...MESSAGE, metadata: { level: "critical" } })).status).toBe(503);
  expect((await post({ ...MESSAGE, message: "x".repeat(16_000) })).status).toBe(503);
  expect((await post({ notifications: [MESSAGE] }, undefined, "send-bulk")).status).toBe(503);
  expect(new Set(refused)).toEqual(new Set(["other"]));
});

it("counts no refusal against the key's rate, so that the critical one after it is taken in", async () => {
  const { key } = hospital.services.south;
  const message = { ...MESSAGE, user_id: "south-1", territory_id: "south" };
  for (let n = 0; n < 4 * RATE; n++)
    expect((await post({ ...message, metadata: { level: "critical" } }, key)).status).toBe(503);
  expect((await post({ ...message, priority: "critical" }, key)).status).toBe(202);
});

it("holds no place while a repeated send waits for its deliveries", async () => {
  taken.pop()?.leave();
  const stop = new AbortController();
  const body = JSON.stringify({ ...MESSAGE, send_at: new Date(Date.now() + 3_600_000) });
  const repeat = (headers: Record<string, string>) =>
    fetch(`${server.url}/api/notifications/send`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${hospital.services.north.key}`,
        "Content-Type": "application/json",
        "Idempotency-Key": "later",
        ...headers,
      },
      body,
      signal: stop.signal,
    });
  expect((await repeat({})).status).toBe(202);
  let isOver = false;
  const waiting = repeat({ Prefer: "wait=30" })
    .catch(() => undefined)
    .finally(() => {
      isOver = true;
    });
  const message = { ...MESSAGE, user_id: "south-1", territory_id: "south" };
  await until("others' sends are taken in", async () => {
    const { status } = await post(message, hospital.services.south.key);
    return status === 202 && admission.enter("other")?.leave() === undefined;
  });
  expect(isOver).toBe(false);
  stop.abort();
  await waiting;
});

it("counts no refused bulk's bytes against the key's rate either", async () => {
  const { key } = hospital.services.south;
  const message = { ...MESSAGE, user_id: "south-1", territory_id: "south" };
  // In a minute, 5 a second are 300 sends, which these fill.
  const bulk = {
    notifications: [{ ...message, metadata: { level: "critical", padding: "x".repeat(60 * 65_536) } }],
  };
  for (let n = 0; n < 8; n++) expect((await post(bulk, key, "send-bulk")).status).toBe(503);
  const critical = { notifications: [{ ...message, priority: "critical" }] };
  expect((await post(critical, key, "send-bulk")).status).toBe(202);
});

it("leaves room for other keys' sends, critical ones too, while one key's bodies never end", async () => {
  const { north, south } = hospital.services;
  const own = createAdmission({ persists: false, onRefused: () => undefined });
  const node = await startServer(hospital, {}, { admission: own });
  onTestFinished(() => node.stop());
  const { hostname, port } = new URL(node.url);
  const head = `POST /api/notifications/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${north.key}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`;
  let answered = 0;
  const slow = Array.from({ length: 150 }, () => {
    const socket = connect(Number(port), hostname, () => socket.write(head));
    return socket.once("data", () => answered++);
  });
  onTestFinished(() => slow.forEach((socket) => socket.destroy()));
  // As many as have no place any more are refused.
  await until("the places are taken", () => answered >= 150 - 2 * 64);
  const send = (priority: string): Promise<{ status: number }> =>
    node.post(
      "/api/notifications/send",
      { ...MESSAGE, user_id: "south-1", territory_id: "south", priority },
      as(south),
    );
  expect(await send("critical")).toMatchObject({ status: 202 });
  expect(await send("normal")).toMatchObject({ status: 202 });
});

it("has the places back of compressed bodies that broke off", async () => {
  const { north } = hospital.services;
  const own = createAdmission({ persists: false, onRefused: () => undefined });
  const node = await startServer(hospital, {}, { admission: own });
  onTestFinished(() => node.stop());
  const { hostname, port } = new URL(node.url);
  const head = `POST /api/notifications/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${north.key}\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n\x1f`;
  let answered = 0;
  const broken = Array.from({ length: 150 }, () => {
    const socket = connect(Number(port), hostname, () => socket.write(head, "latin1"));
    return socket.once("data", () => answered++).on("error", () => undefined);
  });
  await until("the places are taken", () => answered >= 150 - 2 * 64);
  for (const socket of broken) socket.resetAndDestroy();
  await until("the key's sends are taken in again", async () => {
    const { status } = await node.post(
      "/api/notifications/send",
      { ...MESSAGE, user_id: "north-1", territory_id: "north" },
      as(north),
    );
    return status === 202;
  });
});

it("takes in again what it refused, once there is room", async () => {
  expect((await post(MESSAGE)).status).toBe(503);
  for (const place of taken) place.leave();
  expect((await post(MESSAGE)).status).toBe(202);
});
