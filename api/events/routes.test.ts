import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aService, type TestService } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { readAllTimelines } from "../../testing/timelines.ts";
import { until } from "../../testing/until.ts";
import { cancel } from "../../store/transitions/withdraw.ts";
import { EventList } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const ask = async (query = "", service: TestService = hospital.services.north, headers = {}) =>
  (await server.get(`/api/events${query}`, as(service), headers)).read(EventList);

/** Something becomes of a notification of the north. */
async function happen(): Promise<string> {
  const id = await hospital.notify("north-1");
  await cancel(hospital.knex, hospital.services.north.id, id);
  await readAllTimelines(hospital.knex);
  return id;
}

/** An admin revokes a service's key; then something becomes of what it has sent, and its other key may hear of it. */
async function revokedMeanwhile(service: TestService): Promise<string> {
  const owner = await hospital.owner("service_keys");
  await owner.query(
    "INSERT INTO service_keys (id, service_id, secret_hash, territory_ids) SELECT 'beside ' || id, service_id, secret_hash, territory_ids FROM service_keys WHERE id = $1",
    [service.keyId],
  );
  const id = await hospital.accept("north-1", {}, "ordinary", service);
  await hospital.persist(id);
  const revoked = await server.delete(`/api/keys/${service.keyId}`, as(hospital.people.admin));
  expect(revoked.status).toBe(204);
  await cancel(hospital.knex, service.id, id);
  await readAllTimelines(hospital.knex);
  return id;
}

it("answers a service's events from its first call on, page by page, to its keys alone", async () => {
  await hospital.notify("north-1");
  await readAllTimelines(hospital.knex);
  const { next: start } = await ask();
  expect(start).toBe(0);
  await ask("", hospital.services.south);
  const ids = [await happen(), await happen(), await happen()];
  const first = await ask("?after=0&limit=2");
  expect(first.events.map(({ data }) => data.notification_id)).toEqual(ids.slice(0, 2));
  const rest = await ask(`?after=${first.next}`);
  expect(rest.events.map(({ data }) => data.notification_id)).toEqual(ids.slice(2));
  expect(await ask(`?after=${rest.next}`)).toMatchObject({ events: [], next: rest.next, gap: false });
  expect((await ask("", hospital.services.south)).events).toEqual([]);
  for (const query of ["?after=-1", "?after=x", `?after=${rest.next + 1}`, "?limit=201", "?other=1"])
    expect([query, (await server.get(`/api/events${query}`, as(hospital.services.north))).status]).toEqual([
      query,
      422,
    ]);
  for (const by of [
    undefined,
    as(hospital.people.northBoss),
    as(hospital.people.admin),
    { key: "tocsin_a.b" },
  ])
    expect((await server.get("/api/events", by)).status).toBe(401);
});

it("a key of one territory hears nothing of the others of its service", async () => {
  const both = await aService(hospital, { territories: ["north", "south"] });
  await ask("", both);
  const id = await hospital.accept("north-1", {}, "ordinary", both);
  await hospital.persist(id);
  await cancel(hospital.knex, both.id, id);
  await readAllTimelines(hospital.knex);
  const { events, next } = await ask("", both);
  expect(events).toHaveLength(1);
  const owner = await hospital.owner("service_keys");
  // Another key of the same service still reaches the north.
  await owner.query(
    "INSERT INTO service_keys (id, service_id, secret_hash, territory_ids) SELECT 'other', service_id, secret_hash, '{north}' FROM service_keys WHERE id = $1",
    [both.keyId],
  );
  await owner.query("UPDATE service_keys SET territory_ids = '{south}' WHERE id = $1", [both.keyId]);
  expect(await ask("", both)).toMatchObject({ events: [], next });
});

it("what happens in other territories holds up no key, and a key that reaches less hears less at once", async () => {
  const both = await aService(hospital, { territories: ["north", "south"] });
  await ask("", both);
  const inTerritory = async (person: string): Promise<string> => {
    const id = await hospital.accept(person, {}, "ordinary", both);
    await hospital.persist(id);
    await cancel(hospital.knex, both.id, id);
    await readAllTimelines(hospital.knex);
    return id;
  };
  for (let n = 0; n < 3; n += 1) await inTerritory("north-1");
  const south = await inTerritory("south-1");
  const waiting = server.get("/api/events?after=4", as(both), { Prefer: "wait=2" });
  const owner = await hospital.owner("service_keys");
  await owner.query(
    "INSERT INTO service_keys (id, service_id, secret_hash, territory_ids) SELECT 'another', service_id, secret_hash, '{north}' FROM service_keys WHERE id = $1",
    [both.keyId],
  );
  await owner.query("UPDATE service_keys SET territory_ids = '{south}' WHERE id = $1", [both.keyId]);
  await inTerritory("north-1");
  expect((await waiting).read(EventList).events).toEqual([]);
  const { events } = await ask("?after=0&limit=1", both, { Prefer: "wait=30" });
  expect(events.map(({ data }) => data.notification_id)).toEqual([south]);
});

it("who hangs up before they are let in keeps no place", async () => {
  const hasty = await aService(hospital, { territories: ["north"] });
  const { port } = new URL(server.url);
  for (let n = 0; n < 20; n += 1) {
    const socket = connect(Number(port), "127.0.0.1");
    await once(socket, "connect");
    socket.write(
      `GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${hasty.key}\r\nPrefer: wait=30\r\n\r\n`,
    );
    socket.resetAndDestroy();
  }
  await until(
    "there is room",
    async () => (await server.get("/api/events", as(hasty), { Prefer: "wait=1" })).status === 200,
  );
});

it("waits for an event where Prefer asks for it, and not for longer than the key is good", async () => {
  const { next } = await ask();
  const waiting = ask(`?after=${next}`, hospital.services.north, { Prefer: "wait=30" });
  const id = await happen();
  expect((await waiting).events).toMatchObject([{ data: { notification_id: id } }]);

  const ended = await aService(hospital, { territories: ["north"] });
  await ask("", ended);
  const late = server.get("/api/events", as(ended), { Prefer: "wait=30" });
  const unheard = await revokedMeanwhile(ended);
  expect(await late).toMatchObject({ status: 401, text: expect.not.stringContaining(unheard) });
});

it("lets so many of a service wait at a time, and others besides", async () => {
  const busy = await aService(hospital, { territories: ["north"] });
  const { next } = await ask("", busy);
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  /** Asks again once it is answered: on a busy machine a call may be refused before it waits. */
  const wait = async (): Promise<void> => {
    while (!stop.signal.aborted)
      await fetch(`${server.url}/api/events?after=${next}`, {
        headers: { Authorization: `Bearer ${busy.key}`, Prefer: "wait=30" },
        signal: stop.signal,
      }).catch(() => null);
  };
  const waiting = Array.from({ length: 5 }, () => wait());
  const refused = await until("one more is refused", async () => {
    const answer = await server.get("/api/events", as(busy), { Prefer: "wait=1" });
    return answer.status === 429 && answer;
  });
  expect(refused.headers.get("retry-after")).toBe("5");
  expect((await ask("", busy)).events).toEqual([]);
  expect((await ask("?after=0&limit=1", hospital.services.north, { Prefer: "wait=1" })).events).toHaveLength(
    1,
  );
  stop.abort();
  await Promise.all(waiting);
  await until(
    "there is room again",
    async () => (await server.get("/api/events", as(busy), { Prefer: "wait=1" })).status === 200,
  );
});

/** A stream of server-sent events, and what it has said so far. */
async function stream(query: string, service: TestService, headers: Record<string, string> = {}) {
  const outgoing = request(`${server.url}/api/events${query}`, {
    headers: { Authorization: `Bearer ${service.key}`, Accept: "text/event-stream", ...headers },
  }).end();
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  let said = "";
  response.setEncoding("utf8").on("data", (part: string) => (said += part));
  response.on("error", () => undefined);
  outgoing.on("error", () => undefined);
  onTestFinished(() => void outgoing.destroy());
  return { response, said: () => said, end: () => outgoing.destroy() };
}

it("streams the same events, from where a client was, until the key ends", async () => {
  const { next } = await ask();
  const first = await happen();
  const { response, said } = await stream(`?after=${next}`, hospital.services.north);
  expect(response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
  await until("the first is said", () => said().includes(first));
  const second = await happen();
  await until("the second is said", () => said().includes(second) && said().endsWith("\n\n"));
  // What only keeps the connection alive is a comment.
  const parts = said()
    .trimEnd()
    .split("\n\n")
    .filter((part) => !part.endsWith("\n:"));
  expect(parts[0]).toBe("retry: 3000");
  const events = parts
    .slice(1)
    .map((part) => Object.fromEntries(part.split("\n").map((line) => line.split(/: (.*)/s, 2))));
  expect(events.map(({ id, event }) => [id, event])).toEqual([
    [String(next + 1), "notification.cancelled"],
    [String(next + 2), "notification.cancelled"],
  ]);
  const listed = await ask(`?after=${next}`);
  expect(events.map(({ data }) => JSON.parse(data ?? ""))).toEqual(listed.events);

  const again = await stream("", hospital.services.north, { "Last-Event-ID": String(next + 1) });
  await until("it goes on", () => again.said().includes(second));
  expect(again.said()).not.toContain(first);

  const ended = await aService(hospital, { territories: ["north"] });
  const last = await stream("", ended);
  const unheard = await revokedMeanwhile(ended);
  await until("it ends", () => last.response.complete);
  expect(last.said()).not.toContain(unheard);
  expect((await stream("", ended)).response.statusCode).toBe(401);
  expect((await stream(`?after=${next + 1_000}`, hospital.services.north)).response.statusCode).toBe(422);
});
