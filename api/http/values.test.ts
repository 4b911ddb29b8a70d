import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { as, type Caller, type Method } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { startServer, type TestServer } from "../../testing/server.ts";

type Who = "clinician" | "supervisor" | "admin" | "auditor";

let hospital: Hospital;
let server: TestServer;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
  // No value led to an error that the program had not foreseen.
  expect(server.lines.filter((line) => line.includes('"msg":"failed"'))).toEqual([]);
});

function by(who: Who): Caller {
  const { north1, northBoss, admin, auditor } = hospital.people;
  return as({ clinician: north1, supervisor: northBoss, admin, auditor }[who]);
}

describe("values that no id, number or time can have", () => {
  const ids = [
    "x",
    "0",
    "%00",
    "%ff",
    "..%2f..%2fetc",
    "'%20OR%201%3D1%20--",
    "x".repeat(2_000),
    `${"0".repeat(8)}-0000-0000-0000-00000000000g`,
    "%F0%9F%98%80",
    "-1",
    "null",
  ];
  const paths: [Who, Method, string][] = [
    ["clinician", "GET", "/api/notifications/:id"],
    ["clinician", "POST", "/api/notifications/:id/acknowledge"],
    ["clinician", "POST", "/api/notifications/:id/reveal"],
    ["clinician", "GET", "/api/notifications/:id/deliveries"],
    ["clinician", "DELETE", "/api/sessions/:id"],
    ["supervisor", "POST", "/api/deliveries/:id/redeliver"],
    ["supervisor", "GET", "/api/escalation-policies/:id"],
    ["admin", "GET", "/api/users/:id"],
    ["admin", "DELETE", "/api/users/:id"],
    ["admin", "GET", "/api/territories/:id"],
    ["admin", "GET", "/api/services/:id"],
    ["admin", "DELETE", "/api/keys/:id"],
  ];

  it.each(paths)("is 404 in a path (as %s: %s %s)", async (who, method, path) => {
    for (const id of ids) {
      const response = await server.call(method, path.replace(":id", id), undefined, by(who));
      expect(response.status, id).toBe(404);
      expect(response.headers.get("content-type"), id).toBe("application/problem+json");
    }
  });

  it("is 404 for a sender too", async () => {
    for (const id of ids) {
      const response = await server.get(`/api/notifications/${id}/deliveries`, as(hospital.services.north));
      expect(response.status, id).toBe(404);
    }
  });

  const numbers = [
    "0",
    "-1",
    "101",
    "1.5",
    "1e3",
    "x",
    "",
    "NaN",
    "Infinity",
    "99999999999999999999",
    "1;DROP TABLE users",
  ];
  const times = [
    "yesterday",
    "2024-13-45",
    "2024-02-30",
    "infinity",
    "now",
    "1700000000",
    "2024-01-01T25:00:00Z",
    "2016-12-31T23:59:60Z",
    "9999-12-31T23:59:59-00:01",
    "0000-01-01T00:00:00Z",
    "'",
  ];
  const cursors = [
    "x",
    "AAAA",
    "e30",
    Buffer.from("[1,2]").toString("base64url"),
    Buffer.from('[9e99,"x"]').toString("base64url"),
  ];
  const lists: [Who, string][] = [
    ["clinician", "/api/notifications"],
    ["supervisor", "/api/deliveries"],
    ["supervisor", "/api/escalation-policies"],
    ["admin", "/api/users"],
    ["admin", "/api/territories"],
    ["admin", "/api/services"],
    ["admin", "/api/keys"],
    ["auditor", "/api/audit"],
  ];

  it.each(lists)("is 422 in a query (as %s: %s)", async (who, path) => {
    const wrong = [
      ...numbers.map((value) => `limit=${encodeURIComponent(value)}`),
      ...cursors.map((value) => `cursor=${encodeURIComponent(value)}`),
      "limit=1&limit=2",
      "anything=%00",
      "%00=1",
    ];
    for (const query of wrong)
      expect((await server.get(`${path}?${query}`, by(who))).status, query).toBe(422);
    expect((await server.get(path, by(who))).status).toBe(200);
  });

  it("is 422 where a time is asked for", async () => {
    for (const [who, path] of [
      ["supervisor", "/api/deliveries"],
      ["auditor", "/api/audit"],
      ["supervisor", "/api/reports/deliveries?territory=north"],
    ] as const)
      for (const name of ["from", "to"])
        for (const value of times) {
          const query = `${name}=${encodeURIComponent(value)}`;
          const response = await server.get(`${path}${path.includes("?") ? "&" : "?"}${query}`, by(who));
          expect(response.status, `${path} ${query}`).toBe(422);
        }
  });
});

describe("wildcards in filters", () => {
  it("mean themselves", async () => {
    await hospital.notify("north-1");
    const found = await server.get("/api/deliveries?territory=north&channel=websocket", by("supervisor"));
    expect(found.body).toMatchObject({ deliveries: [{}] });
    for (const value of ["%", "_", "%25", "*", ".*", "north%", "websocke_", "\\"]) {
      const text = encodeURIComponent(value);
      for (const query of [`territory=${text}`, `channel=${text}`]) {
        const { body } = await server.get(`/api/deliveries?${query}`, by("supervisor"));
        expect(body, query).toEqual({ deliveries: [], next: null });
      }
      for (const path of [`users?territory=${text}`, `users?q=${encodeURIComponent(`${value}${value}`)}`]) {
        const { body } = await server.get(`/api/${path}`, by("admin"));
        expect(body, path).toEqual({ users: [], next: null });
      }
    }
  });
});
