import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { type Admission, createAdmission, type Place, type Urgency } from "../../node/admission.ts";
import { actAs } from "../../store/db/knex.ts";
import { makeKey } from "../../store/people/keys.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aService, older } from "../../testing/nouns.ts";
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
  // One for each of the two, since either may come to its place first.
  for (let n = 0; n < 2; n++) taken.pop()?.leave();
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
    const free = [admission.enter("other"), admission.enter("other")];
    for (const place of free) place?.leave();
    return status === 202 && !free.includes(null);
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

it("counts the places of a service's keys together", async () => {
  const service = await aService(hospital, { territories: ["north"] });
  const other = await actAs(hospital.knex, "setup", (trx) =>
    makeKey(trx, service.id, { territoryIds: ["north"], expiresAt: null }, older),
  );
  const claims: string[] = [];
  const own = createAdmission({ persists: false, onRefused: () => undefined });
  const counted: Admission = {
    ...own,
    enter: (urgency) => {
      const place = own.enter(urgency);
      return place && { ...place, claim: (party) => (claims.push(party), place.claim(party)) };
    },
  };
  const node = await startServer(hospital, {}, { admission: counted });
  onTestFinished(() => node.stop());
  for (const key of [service.key, other.secret])
    expect((await node.post("/api/notifications/send", MESSAGE, { key })).status).toBe(202);
  expect(claims).toEqual([service.id, service.id]);
});

it("takes in a send whose body came slowly, which held no place meanwhile", async () => {
  const { hostname, port } = new URL(server.url);
  const body = JSON.stringify({ ...MESSAGE, priority: "critical" });
  const isFree = (): boolean => {
    const place = admission.enter("critical");
    place?.leave();
    return place !== null;
  };
  const critical: Place[] = [];
  onTestFinished(() => critical.forEach((place) => place.leave()));
  /** Leaves one place at most, though earlier sends that settle meanwhile may make room for more. False where none is left. */
  const leaveOne = (): boolean => {
    const before = critical.length;
    for (let place = admission.enter("critical"); place !== null; place = admission.enter("critical"))
      critical.push(place);
    if (critical.length === before) return false;
    critical.pop()?.leave();
    return true;
  };
  leaveOne();
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.write(
    `POST /api/notifications/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${hospital.services.north.key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 9)}`,
  );
  await until("it has the last place", () => !leaveOne());
  await until("the place is another's", isFree);
  socket.write(body.slice(9));
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 202/);
});

it("waits for slow bodies of another service while one has as many as it may", async () => {
  const { north, south } = hospital.services;
  const node = await startServer(hospital, {}, {});
  onTestFinished(() => node.stop());
  const { hostname, port } = new URL(node.url);
  const body = JSON.stringify({ ...MESSAGE, user_id: "south-1", territory_id: "south" });
  const begin = ({ key }: { key: string }): Socket => {
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    socket.write(
      `POST /api/notifications/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 9)}`,
    );
    return socket;
  };
  const refused: string[] = [];
  for (let n = 0; n < 18; n++)
    begin(north).once("data", (answer: Buffer) => refused.push(answer.toString().slice(9, 12)));
  const other = begin(south);
  await until("two too many are refused", () => refused.length === 2);
  other.write(body.slice(9));
  const [answer] = (await once(other, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 202/);
  expect(refused).toEqual(["503", "503"]);
});

it("keeps no place for whoever waits until a key of the older form, or its id, is looked up", async () => {
  const { north, south } = hospital.services;
  const own = createAdmission({ persists: false, onRefused: () => undefined });
  const node = await startServer(hospital, { RATE_FAILURES_PER_MINUTE: "2" }, { admission: own });
  onTestFinished(() => node.stop());
  const places = (urgency: Urgency): number => {
    const free: Place[] = [];
    for (let place = own.enter(urgency); place !== null; place = own.enter(urgency)) free.push(place);
    for (const place of free) place.leave();
    return free.length;
  };
  const before = places("other");
  const send = (key: string) =>
    node.post("/api/notifications/send", { ...MESSAGE, user_id: "south-1", territory_id: "south" }, { key });
  const madeUp = (id: string): string => `tocsin_${id}.${randomBytes(32).toString("base64url")}`;
  for (let n = 0; n < 3; n++) await send(madeUp(north.keyId));
  const owner = await hospital.owner("service_keys");
  await owner.query("BEGIN; LOCK TABLE service_keys IN ACCESS EXCLUSIVE MODE");
  let answered = 0;
  const flood = [...Array(20).fill(north.keyId), ...Array(20).keys()].map((id) =>
    send(madeUp(String(id))).finally(() => answered++),
  );
  // Eight wait for their turn, and those whose id is nobody's for the ids.
  await until("they wait", () => answered >= 12);
  await until("their places are free", () => places("other") === before);
  await owner.query("COMMIT");
  await Promise.all(flood);
  expect(await send(south.key)).toMatchObject({ status: 202 });
});

it("keeps no place for the many calls of one key while it is looked up, which they share", async () => {
  const { north, south } = hospital.services;
  const own = createAdmission({ persists: false, onRefused: () => undefined });
  let asked = 0;
  const counted: Admission = { ...own, enter: (urgency) => (asked++, own.enter(urgency)) };
  const node = await startServer(hospital, {}, { admission: counted });
  onTestFinished(() => node.stop());
  const free = (): number => {
    const found: Place[] = [];
    for (let place = own.enter("other"); place !== null; place = own.enter("other")) found.push(place);
    for (const place of found) place.leave();
    return found.length;
  };
  const send = ({ key }: { key: string }) =>
    node.post("/api/notifications/send", { ...MESSAGE, priority: "critical" }, { key });
  // From then on the node knows the keys' ids, and looks the keys up themselves.
  for (const service of [north, south]) await send(service);
  const before = free();
  const earlier = asked;
  const owner = await hospital.owner("service_keys");
  await owner.query("BEGIN; LOCK TABLE service_keys IN ACCESS EXCLUSIVE MODE");
  const flood = Array.from({ length: 40 }, () => send(north));
  await until("they have come", () => asked >= earlier + 40);
  flood.push(send(south));
  const lookups = async (): Promise<number> => {
    const { rowCount } = await owner.query(
      "SELECT FROM pg_locks WHERE relation = 'service_keys'::regclass AND NOT granted",
    );
    return rowCount ?? 0;
  };
  await until("both keys are looked up", async () => (await lookups()) >= 2);
  const most = await lookups();
  const left = free();
  await owner.query("COMMIT");
  await Promise.all(flood);
  expect(left).toBe(before);
  expect(most).toBe(2);
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
