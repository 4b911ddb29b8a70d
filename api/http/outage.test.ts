import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { WebSocket } from "ws";
import { PROTOCOL } from "../../channels/contract.ts";
import { connected } from "../../testing/database-admin.ts";
import { type Answer, as } from "../../testing/calls.ts";
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

/** Calls of all kinds: what is sent, done and read, sign-ins and exports. */
async function callsOf(on: TestServer) {
  const { north1, northBoss, admin, auditor } = hospital.people;
  const id = await hospital.notify("north-1", { priority: "critical" });
  const send = aSend({ user_id: "north-1", territory_id: "north" });
  const service = as(hospital.services.north);
  return {
    send: () => on.post("/api/notifications/send", send, service, { "Idempotency-Key": "silent-1" }),
    bulk: () => on.post("/api/notifications/send-bulk", { notifications: [send, send] }, service),
    broadcast: () =>
      on.post("/api/notifications/broadcast", { territory_id: "north", message: "Drill" }, service),
    acknowledge: () => on.post(`/api/notifications/${id}/acknowledge`, {}, as(north1)),
    cancel: () => on.post(`/api/notifications/${id}/cancel`, {}, service),
    inbox: () => on.get("/api/notifications", as(north1)),
    people: () => on.get("/api/users", as(admin)),
    history: () => on.get("/api/deliveries?territory_id=north", as(northBoss)),
    historyAsCsv: () => on.get("/api/deliveries?territory_id=north", as(northBoss), { Accept: "text/csv" }),
    recordAsCsv: () => on.get("/api/audit/export/csv", as(auditor)),
    wishes: () => on.put("/api/preferences", {}, as(north1)),
    signIn: () => on.post("/api/sessions", { email: "a@north.example", password: "nobody's" }),
  };
}

it("calls of every kind whose connection to PostgreSQL is cut get 503 with Retry-After, and the next ones their answers", async () => {
  const calls = await callsOf(server);
  const wellAs = new Map<string, number>();
  for (const [name, call] of Object.entries(calls)) wellAs.set(name, (await call()).status);
  const kinds = new Set(Object.keys(calls));
  const wrong: [string, number, string | null][] = [];
  const cut = new Set<string>();
  const repeat = async (name: string, call: () => Promise<Answer>): Promise<void> => {
    while (cut.size < kinds.size) {
      const { status, headers } = await call();
      const after = headers.get("retry-after");
      if (status === 503 && after !== null) cut.add(name);
      // Who calls without end is refused for that, too.
      else if (status !== wellAs.get(name) && status !== 429) wrong.push([name, status, after]);
    }
  };
  await connected(inject("databaseUrl"), async (owner) => {
    const cutting = async (): Promise<void> => {
      while (cut.size < kinds.size) {
        await owner.query("SELECT pg_sleep(0.05)");
        await owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [
          hospital.database,
        ]);
      }
    };
    await Promise.all([cutting(), ...Object.entries(calls).map(([name, call]) => repeat(name, call))]);
  });
  expect(wrong).toEqual([]);
  for (const [name, call] of Object.entries(calls))
    await expect.poll(async () => (await call()).status, { message: name }).toBe(wellAs.get(name));
});

it("calls that a silent PostgreSQL keeps waiting get 503 with Retry-After, whatever they do, and are done once it speaks", async () => {
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
    const calls = await callsOf(apart);
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
      headers: await apart.headersOf(as(hospital.people.north1)),
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
