import type pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Answer } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";

const PASSWORD = "a long enough password";
const FREE = 3;
const PER_ADDRESS = 5;
/** Those whose shift begins. */
const SHIFT = Array.from({ length: 15 }, (_, index) => `shift-${index}`);

let hospital: Hospital;
/** Two nodes with one count, which believe what this machine forwards. */
let nodes: [TestServer, TestServer];
let owner: pg.Client;

beforeAll(async () => {
  const env = {
    REDIS_URL: inject("redisUrl"),
    RATE_FAILURES_PER_MINUTE: String(PER_ADDRESS),
    RATE_ACCOUNT_FAILURES: String(FREE),
    TRUSTED_PROXY: "127.0.0.0/8, ::1",
  };
  hospital = await createHospital();
  for (const id of ["person-1", "person-2", "person-i", ...SHIFT])
    await aPerson(hospital, { id, territory: "north", password: PASSWORD });
  nodes = [await startServer(hospital, env), await startServer(hospital, env)];
  owner = await hospital.owner("audit_events");
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await hospital.close();
});

const signIn = (email: string, password: string, address: string, node = nodes[0]): Promise<Answer> =>
  node.post("/api/sessions", { email, password }, undefined, { "X-Forwarded-For": address });

/** Comes again when the queue for hashing had no place. */
const served = (email: string, password: string, address: string, node = nodes[0]): Promise<Answer> =>
  until("the queue has a place", async () => {
    const answer = await signIn(email, password, address, node);
    return answer.status === 503 ? null : answer;
  });

const emailOf = (id: string): string => `${id}@tocsin.example`;
const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

/** How many answers had each status. */
const tally = (answers: Answer[]): Record<number, number> =>
  Object.fromEntries(
    Object.entries(Object.groupBy(answers, ({ status }) => status)).map(([status, list]) => [
      status,
      list?.length ?? 0,
    ]),
  );

const throttles = async (): Promise<number> =>
  Number(
    (await owner.query("SELECT count(*) FROM audit_events WHERE action = 'session.throttle'")).rows[0].count,
  );

describe("guesses at one account", () => {
  it("are let through no oftener at once than one after the other, on any node, and the right one waits too", async () => {
    const before = await throttles();
    const email = emailOf("person-1");
    const guesses = await many(60, (index) =>
      served(
        index % 2 === 0 ? email : email.toUpperCase(),
        index === 59 ? PASSWORD : "wrong",
        `192.0.2.${index}`,
        nodes[index % 2 === 0 ? 0 : 1],
      ),
    );
    expect(tally(guesses)).toEqual({ 401: FREE, 429: 60 - FREE });
    const late = await signIn(email, PASSWORD, "192.0.2.99");
    expect(late.status).toBe(429);
    expect(Number(late.headers.get("retry-after"))).toBeLessThanOrEqual(5);
    expect((await signIn(emailOf("person-2"), PASSWORD, "192.0.2.99")).status).toBe(201);
    expect(await throttles()).toBeGreaterThan(before);
  });

  it("count for the person, however the address is folded", async () => {
    const forms = ["person-i@tocsin.example", "person-İ@tocsin.example", "PERSON-I@TOCSIN.EXAMPLE"];
    const answers: Answer[] = [];
    for (let index = 0; index < 3 * FREE; index++)
      answers.push(await signIn(forms[index % 3] ?? "", "wrong", `198.51.100.${index}`));
    const reached = await owner.query(
      "SELECT count(*) FROM audit_events WHERE action = 'session.open' AND payload->>'user_id' = 'person-i'",
    );
    expect(Number(reached.rows[0].count)).toBe(FREE);
  });

  it("at an address that nobody has get the same answers", async () => {
    const answers = await many(12, (index) => served(emailOf("nobody"), "wrong", `192.0.2.${100 + index}`));
    expect(tally(answers)).toEqual({ 401: FREE, 429: 12 - FREE });
  });
});

describe("guesses from one address", () => {
  it("are counted before the password is looked at, whatever the accounts", async () => {
    const answers = await many(45, (index) => served(emailOf(`nobody-${index}`), "wrong", "203.0.113.1"));
    expect(tally(answers)).toEqual({ 401: PER_ADDRESS, 429: 45 - PER_ADDRESS });
  });

  it("leave everybody with the right password alone, however many come at once", async () => {
    const answers = await many(45, (index) =>
      served(emailOf(`shift-${index % SHIFT.length}`), PASSWORD, "203.0.113.2"),
    );
    expect(tally(answers)).toEqual({ 201: 45 });
  });
});
