import type { Context } from "koa";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { createUnderWay } from "./under-way.ts";
import { EventList } from "../events/schema.ts";
import { until } from "../../testing/until.ts";

/** What a caller may have under way and in line. */
const MOST = 200;

let hospital: Hospital;
let server: TestServer;
beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital, { RATE_SENDS_PER_SECOND: "5000" });
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

/** Has every look at a table wait until the answer is called. */
async function hold(table: string): Promise<() => Promise<unknown>> {
  const owner = await hospital.owner(table);
  await owner.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  let isOver = false;
  const letGo = async (): Promise<void> => {
    if (!isOver) await owner.query("COMMIT");
    isOver = true;
  };
  onTestFinished(letGo);
  return letGo;
}

/** Makes calls, and counts how they are answered. */
function makeCalls(many: number, call: () => Promise<Pick<Answer, "status" | "headers" | "body">>) {
  const answers: Pick<Answer, "status" | "headers" | "body">[] = [];
  const all = Array.from({ length: many }, async () => void answers.push(await call()));
  return { answers, all: Promise.all(all) };
}

describe("a caller's slow calls", () => {
  it("leave the connections to others, and what it changes waits for none that it reads; beyond a bound they are refused", async () => {
    const { north1, north2 } = hospital.people;
    const letGo = await hold("schedules");
    const { answers, all } = makeCalls(MOST + 30, () => server.get("/api/schedules", as(north1)));
    await until("the rest is refused", () => answers.length === 30);
    for (const { status, headers, body } of answers) {
      expect([status, headers.get("retry-after")]).toEqual([429, "1"]);
      expect(body).toMatchObject({ detail: expect.stringMatching(/under way at once/) });
    }
    expect((await server.get("/api/sessions", as(north2))).status).toBe(200);
    expect((await server.put("/api/preferences", {}, as(north1))).status).not.toBe(429);
    await letGo();
    await all;
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(MOST);
  });

  it("are counted together, in however many sessions", async () => {
    const password = "a long enough password";
    const { email } = await aPerson(hospital, { id: "many", territory: "north", password });
    const sessions: string[] = [];
    for (let n = 0; n < 5; n++) {
      const answer = await server.post("/api/sessions", { email, password });
      sessions.push(answer.headers.getSetCookie()[0]?.split(";")[0] ?? "");
    }
    const letGo = await hold("schedules");
    const { answers, all } = makeCalls(50, () => {
      const cookie = sessions.shift() ?? "";
      sessions.push(cookie);
      return server.get("/api/schedules", undefined, { Cookie: cookie });
    });
    expect((await server.get("/api/sessions", as(hospital.people.north2))).status).toBe(200);
    await letGo();
    await all;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it("of a key are bounded as well, and hold up neither its sends nor another key's calls", async () => {
    const { north, south } = hospital.services;
    const id = await hospital.notify("north-1");
    const letGo = await hold("deliveries");
    const { answers, all } = makeCalls(MOST + 10, () =>
      server.get(`/api/notifications/${id}/deliveries`, as(north)),
    );
    await until("the rest is refused", () => answers.length === 10);
    const send = { user_id: "north-1", territory_id: "north", message: "Potassium 6.8" };
    expect((await server.post("/api/notifications/send", send, as(north))).status).toBe(202);
    expect((await server.get("/api/events", as(south))).status).toBe(200);
    await letGo();
    await all;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
  });

  it("that wait for events take no place of the others", async () => {
    const { north } = hospital.services;
    const { next } = (await server.get("/api/events", as(north))).read(EventList);
    let over = 0;
    const stop = new AbortController();
    const { Authorization = "" } = await server.headersOf(as(north));
    const waiting = Array.from({ length: 5 }, () =>
      fetch(`${server.url}/api/events?after=${next}`, {
        headers: { Authorization, Prefer: "wait=30" },
        signal: stop.signal,
      })
        .catch(() => undefined)
        .finally(() => over++),
    );
    expect((await server.get("/api/events", as(north))).status).toBe(200);
    expect(over).toBe(0);
    stop.abort();
    await Promise.all(waiting);
  });
});

it("a send that can't wait beside so many others of its key is answered at once", async () => {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const body = JSON.stringify({
    ...{ user_id: "north-1", territory_id: "north", message: "Potassium 6.8" },
    send_at: new Date(Date.now() + 3_600_000),
  });
  const { Authorization = "" } = await server.headersOf(as(hospital.services.north));
  const repeat = (headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.url}/api/notifications/send`, {
      method: "POST",
      headers: { Authorization, "Content-Type": "application/json", "Idempotency-Key": "waits", ...headers },
      ...{ body, signal: stop.signal },
    });
  expect((await repeat()).status).toBe(202);
  const answers: Response[] = [];
  for (let batch = 0; batch < 30 && answers.length === 0; batch++) {
    const calls = Array.from({ length: 20 }, () => repeat({ Prefer: "wait=30" }));
    for (const call of calls)
      void call.then(
        (answer) => (answer.status === 202 ? answers.push(answer) : 0),
        () => 0,
      );
    // Those that wait have left their places by then.
    expect((await repeat()).status).toBe(202);
  }
  await until("one is answered at once", () => answers.length > 0);
  expect(answers[0]?.headers.get("preference-applied")).toBeNull();
});

it("calls of both kinds together take one connection more than those of one, which goes on beside many of the other", async () => {
  const underWay = createUnderWay(10);
  const over = Promise.withResolvers<void>();
  const begun: string[] = [];
  const call = (method: string): Promise<void> =>
    underWay.inLine(
      { method, req: { socket: { destroyed: false } } } as Context,
      "somebody",
      new Promise(() => undefined),
      () => {
        begun.push(method);
        return over.promise;
      },
    );
  const calls = [...Array(5).fill("GET"), ...Array(5).fill("PUT")].map(call);
  // Whatever has its turn has begun before a timer is due.
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toEqual(["GET", "GET", "GET", "PUT"]);
  over.resolve();
  await Promise.all(calls);
  expect(begun).toHaveLength(10);
});
