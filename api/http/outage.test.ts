import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { WebSocket } from "ws";
import { PROTOCOL } from "../../channels/contract.ts";
import { connected } from "../../testing/database-admin.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aSend } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { openDatabase } from "../../store/db/knex.ts";
import { runtimeUrl } from "../../store/db/prepare.ts";
import { openLink } from "../../test/faults/link.ts";

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

it("calls whose connection to PostgreSQL is cut get 503 with Retry-After, and the next ones their answers", async () => {
  const { north1, admin } = hospital.people;
  const send = aSend({ user_id: "north-1", territory_id: "north" });
  await server.get("/api/notifications", as(north1));
  await server.get("/api/users", as(admin));
  const answers: [number, string | null][] = [];
  let cut = 0;
  const call = async (): Promise<void> => {
    while (cut < 8) {
      for (const answer of await Promise.all([
        server.get("/api/notifications", as(north1)),
        server.get("/api/users", as(admin)),
        server.post("/api/notifications/send", send, as(hospital.services.north)),
      ]))
        if (answer.status !== 429) answers.push([answer.status, answer.headers.get("retry-after")]);
    }
  };
  const cutting = connected(inject("databaseUrl"), async (owner) => {
    while (cut < 8) {
      await owner.query("SELECT pg_sleep(0.05)");
      await owner.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = $1`,
        [hospital.database],
      );
      cut++;
    }
  });
  await Promise.all([cutting, call(), call(), call()]);
  const statuses = new Set(answers.map(([status]) => status));
  expect(statuses).toContain(503);
  // On a slow machine every send may have been cut: there need not be a 202 among them.
  expect([...statuses].filter((status) => ![200, 202, 503].includes(status))).toEqual([]);
  expect(answers.filter(([status, after]) => status === 503 && after === null)).toEqual([]);
  await expect.poll(async () => (await server.get("/api/users", as(admin))).status).toBe(200);
  await expect
    .poll(
      async () => (await server.post("/api/notifications/send", send, as(hospital.services.north))).status,
    )
    .toBe(202);
});

it("calls that a silent PostgreSQL keeps waiting get 503 with Retry-After, whatever they do, and are done once it speaks", async () => {
  const { north1, northBoss, admin } = hospital.people;
  const { url } = hospital.config.database;
  const link = await openLink(Number(new URL(url).port));
  const behind = (to: string): string => {
    const way = new URL(to);
    way.port = String(link.port);
    return way.href;
  };
  // Nothing else ends what waits here: the pool lets a connection be silent for ever.
  const knex = openDatabase(behind(await runtimeUrl(url, hospital.config.masterKeys)));
  const apart = await startServer({ knex, env: { ...hospital.env, DATABASE_URL: behind(url) } });
  try {
    const id = await hospital.notify("north-1", { priority: "critical" });
    const send = aSend({ user_id: "north-1", territory_id: "north" });
    const service = as(hospital.services.north);
    const calls = {
      send: () => apart.post("/api/notifications/send", send, service, { "Idempotency-Key": "silent-1" }),
      bulk: () => apart.post("/api/notifications/send-bulk", { notifications: [send, send] }, service),
      broadcast: () =>
        apart.post("/api/notifications/broadcast", { territory_id: "north", message: "Drill" }, service),
      acknowledge: () => apart.post(`/api/notifications/${id}/acknowledge`, {}, as(north1)),
      cancel: () => apart.post(`/api/notifications/${id}/cancel`, {}, service),
      inbox: () => apart.get("/api/notifications", as(north1)),
      people: () => apart.get("/api/users", as(admin)),
      history: () => apart.get("/api/deliveries?territory_id=north", as(northBoss)),
      signIn: () => apart.post("/api/sessions", { email: "a@north.example", password: "nobody's" }),
    };
    const all = async (): Promise<Record<string, readonly (number | string | null)[]>> =>
      Object.fromEntries(
        await Promise.all(
          Object.entries(calls).map(async ([name, call]) => {
            const { status, headers } = await call();
            return [name, [status, headers.get("retry-after")]] as const;
          }),
        ),
      );
    await all();
    link.hang();
    expect(await all()).toEqual(Object.fromEntries(Object.keys(calls).map((name) => [name, [503, "2"]])));
    // A socket's sign-in, too.
    const socket = new WebSocket(`${apart.url.replace("http", "ws")}/api/realtime`, PROTOCOL, {
      headers: await apart.headersOf(as(north1)),
    });
    socket.on("error", () => undefined);
    const [, refusal]: IncomingMessage[] = await once(socket, "unexpected-response");
    expect(refusal?.statusCode).toBe(503);
    link.mend();
    await expect.poll(async () => (await calls.inbox()).status).toBe(200);
    await expect.poll(async () => (await calls.send()).status).toBe(202);
  } finally {
    link.mend();
    await apart.stop();
    await knex.destroy();
    await link.close();
  }
});
