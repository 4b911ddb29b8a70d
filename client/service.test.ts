import { afterAll, beforeAll, expect, it } from "vitest";
import { createHospital, type Hospital } from "../testing/hospital.ts";
import { startServer, type TestServer } from "../testing/server.ts";
import { readAllTimelines } from "../testing/timelines.ts";
import { createService, Gap, Refused, type Service, Unanswered } from "./index.ts";
import { type Proxy, startProxy, type Trouble } from "./testing/proxy.ts";

const TO = { user_id: "north-1", territory_id: "north" };

let hospital: Hospital;
let server: TestServer;
let proxy: Proxy;
let service: Service;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  proxy = await startProxy(server.url);
  service = createService({ url: proxy.url, key: hospital.services.north.key });
});
afterAll(async () => {
  proxy.close();
  await server.stop();
  await hospital.close();
});

/** The calls that it took, and the sends that came of them. */
async function through(troubles: Trouble[], act: () => Promise<unknown>) {
  const sends = async () => (await hospital.asOwner("SELECT id FROM sends ORDER BY id")).map(({ id }) => id);
  const before = await sends();
  proxy.calls.length = 0;
  proxy.troubles.push(...troubles);
  const answer = await act();
  return { answer, calls: [...proxy.calls], made: (await sends()).filter((id) => !before.includes(id)) };
}

it("sends once, under one key, where answers are lost, calls are lost and there is no room", async () => {
  const { answer, calls, made } = await through(["answer lost", "call lost", "busy", "answer lost"], () =>
    service.send({ ...TO, message: "Freezer 7 is at -58 °C." }),
  );
  expect(made).toEqual([Object(answer).notification_id]);
  expect(calls).toHaveLength(5);
  expect(new Set(calls.map(({ key }) => key)).size).toBe(1);
  expect(calls[0]?.key).toMatch(/^[\w-]{36}$/);
});

it("waits as long as Retry-After says", async () => {
  const { calls } = await through(["busy"], () => service.send({ ...TO, message: "Later." }));
  const [first = 0, second = 0] = calls.map(({ at }) => at);
  // A timer may end within a millisecond of its time.
  expect(second - first).toBeGreaterThan(998);
});

it("counts a send once by the caller's own key, also from another program", async () => {
  const message = { ...TO, message: "Potassium 6.8 mmol/L" };
  const once = { idempotencyKey: "result-4711" };
  const { made } = await through([], async () => {
    const first = await service.send(message, once);
    const again = createService({ url: server.url, key: hospital.services.north.key });
    expect(await again.send(message, once)).toEqual(first);
  });
  expect(made).toHaveLength(1);
});

it("says what is wrong with a call at once, and gives up where nothing answers", async () => {
  const { answer, calls } = await through([], () =>
    service.send(Object({ ...TO, mesage: "x" })).catch((error: unknown) => error),
  );
  expect(answer).toBeInstanceOf(Refused);
  expect(answer).toMatchObject({ status: 422, message: expect.stringContaining("did you mean `message`?") });
  expect(calls).toHaveLength(1);
  const nowhere = createService({ url: "http://127.0.0.1:9", key: "none", longest: 50 });
  await expect(nowhere.send({ ...TO, message: "x" })).rejects.toThrow(Unanswered);
  const stop = AbortSignal.abort(new Error("enough"));
  await expect(nowhere.send({ ...TO, message: "x" }, { signal: stop })).rejects.toThrow("enough");
});

it("goes on at the next node where one is gone", async () => {
  const two = createService({ url: ["http://127.0.0.1:9", server.url], key: hospital.services.north.key });
  const sends = Array.from({ length: 8 }, (_, n) => two.send({ ...TO, message: `From either ${n}.` }));
  expect(new Set((await Promise.all(sends)).map(({ notification_id }) => notification_id)).size).toBe(8);
});

it("sends many, once each, and says of each what became of it", async () => {
  const { answer, made } = await through(["answer lost"], () =>
    service.bulk([
      { ...TO, message: "One." },
      { ...TO, user_id: "nobody", message: "Two." },
      { ...TO, message: "Three." },
    ]),
  );
  expect(answer).toMatchObject([{ status: "sent" }, { problem: { status: 422 } }, { status: "sent" }]);
  expect(made).toHaveLength(2);
});

it("broadcasts, says how far that is, and takes it back; cancels; resolves", async () => {
  const { answer, made } = await through(["answer lost"], () =>
    service.broadcast({ territory_id: "north", message: "The laboratory closes at 18:00." }),
  );
  const { broadcast_id } = Object(answer);
  expect(made).toEqual([broadcast_id]);
  expect(await service.progress(broadcast_id)).toMatchObject({ status: "sent" });
  expect(await service.cancelBroadcast(broadcast_id)).toMatchObject({ status: "cancelled" });

  const { notification_id } = await service.send({ ...TO, message: "Rack 7 is warm.", dedup_key: "rack/7" });
  proxy.troubles.push("answer lost");
  expect(await service.resolve("rack/7", { territory_id: "north" })).toMatchObject({
    status: "resolved",
    alerts: [{ notification_id }],
  });
  const other = await service.send({ ...TO, message: "By mistake." });
  proxy.troubles.push("answer lost");
  expect(await service.cancel(other.notification_id)).toEqual({ status: "cancelled" });
});

it("reads events once each and in order, across what is lost, and goes on after a start", async () => {
  const stop = new AbortController();
  const read: number[] = [];
  const ids: string[] = [];
  const { next } = Object((await server.get("/api/events", { key: hospital.services.north.key })).body);
  const happen = async (): Promise<void> => {
    const id = await hospital.notify("north-1");
    await service.cancel(id);
    ids.push(id);
    await readAllTimelines(hospital.knex);
  };
  await happen();
  proxy.troubles.push("answer lost", "busy", "call lost");
  for await (const { data } of service.events({ after: next, signal: stop.signal })) {
    expect(data.notification_id).toBe(ids[read.length]);
    read.push(data.seq);
    if (read.length === 3) stop.abort();
    else await happen();
  }
  expect(read).toEqual([next + 1, next + 2, next + 3]);
  for await (const { data } of service.events({ after: next + 2 })) {
    expect(data.seq).toBe(next + 3);
    break;
  }
  await expect(service.events({ after: next + 100 }).next()).rejects.toThrow("beyond the newest event");
  const owner = await hospital.owner("event_feeds");
  await owner.query("UPDATE event_feeds SET dropped = $1", [next + 2]);
  await expect(service.events({ after: next + 1 }).next()).rejects.toThrow(Gap);
  const { value } = await service.events().next();
  expect(value?.data.seq).toBe(next + 1);
});
