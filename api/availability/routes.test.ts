import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { actAs } from "../../store/db/knex.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aPerson, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { ColleagueList, OwnAvailability, UnreachableList } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
let north1: TestPerson;
let north2: TestPerson;
/** Somebody of both territories. */
let both: TestPerson;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  ({ north1, north2 } = hospital.people);
  both = await aPerson(hospital, { id: "north-and-south", territory: "north" });
  await actAs(hospital.knex, "setup", (trx) =>
    trx("memberships").insert({ user_id: both.id, territory_id: "south", role: "clinician" }),
  );
});
beforeEach(async () => {
  for (const person of [north1, north2, both]) await put(person, { status: "available" });
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const put = (person: TestPerson, body: object) => server.put("/api/availability", body, as(person));
const read = async (person: TestPerson) =>
  (await server.get("/api/availability", as(person))).read(OwnAvailability);
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
const away = (more: object = {}) => ({ status: "away", until: inHours(8), ...more });
const pathOf = async (person: TestPerson, body: object) => {
  const answer = await put(person, body);
  expect(answer.status).toBe(422);
  return answer.body;
};
const disable = (person: string, at: Date | null) =>
  actAs(hospital.knex, "user:admin", (trx) => trx("users").where({ id: person }).update({ disabled_at: at }));

describe("availability", () => {
  it("is available at first; busy and away have an end, and are seen by oneself and the delegate", async () => {
    const none = { until: null, delegate: null, instead: false, covered: [], uncovered: [], covering: [] };
    expect(await read(north1)).toEqual({ status: "available", ...none });
    const given = away({ delegate: north2.id, instead: true });
    const answer = await put(north1, given);
    expect(answer.status).toBe(200);
    const own = {
      ...{ status: "away", until: given.until, delegate: { user_id: "north-2", name: "north-2" } },
      ...{ instead: true, covered: ["north"], uncovered: [], covering: [] },
    };
    expect(answer.read(OwnAvailability)).toEqual(own);
    expect(await read(north1)).toEqual(own);
    expect((await read(north2)).covering).toEqual([
      { user_id: "north-1", name: "north-1", until: given.until },
    ]);
    expect((await read(both)).covering).toEqual([]);
    expect((await put(north1, { status: "available" })).read(OwnAvailability).status).toBe("available");
    expect((await read(north2)).covering).toEqual([]);
  });

  it("is on record, refusals too", async () => {
    await put(north1, away({ delegate: north2.id }));
    await put(north1, away({ delegate: "south-1" }));
    const events = await hospital.asOwner(
      "SELECT outcome, object_id, payload FROM audit_events WHERE action = 'availability.update' AND actor = 'user:north-1' ORDER BY id DESC LIMIT 2",
    );
    expect(events).toMatchObject([
      { outcome: "denied" },
      {
        outcome: "ok",
        object_id: "north-1",
        payload: { status: "away", delegate: "north-2", instead: false },
      },
    ]);
  });

  it.each([
    ["no end", { until: undefined }, "/until"],
    ["an end that is over", { until: new Date(Date.now() - 1_000).toISOString() }, "/until"],
    ["an end that is too far", { until: inHours(24 * 367) }, "/until"],
    ["oneself", { delegate: "north-1" }, "/delegate"],
    ["somebody of another territory", { delegate: "south-1" }, "/delegate"],
    ["nobody at all", { delegate: "nobody" }, "/delegate"],
    ["instead of nobody", { instead: true }, "/instead"],
  ])("is refused with %s", async (_name, more, path) => {
    expect(await pathOf(north1, away(more))).toMatchObject({ errors: [{ path }] });
    expect((await read(north1)).status).toBe("available");
  });

  it("tells people elsewhere and nobody at all from each other by nothing", async () => {
    const [one, other] = [
      await pathOf(north1, away({ delegate: "south-1" })),
      await pathOf(north1, away({ delegate: "nobody" })),
    ];
    const { errors } = one as { errors: unknown };
    expect(other).toMatchObject({ errors });
  });

  it("takes no delegate who is disabled, busy or away, also where the two name each other at once", async () => {
    await disable(north2.id, new Date());
    await pathOf(north1, away({ delegate: north2.id }));
    await disable(north2.id, null);
    await put(north2, { status: "busy", until: inHours(1) });
    expect(await pathOf(north1, away({ delegate: north2.id }))).toMatchObject({
      errors: [{ message: expect.stringMatching(/^is busy until /) }],
    });
    await put(north2, { status: "available" });
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all([
        put(north1, away({ delegate: north2.id })),
        put(north2, away({ delegate: north1.id })),
      ]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422]);
      await Promise.all([put(north1, { status: "available" }), put(north2, { status: "available" })]);
    }
  });

  it("covers in the territories of both alone", async () => {
    const answer = (await put(both, away({ delegate: north2.id }))).read(OwnAvailability);
    expect(answer).toMatchObject({ covered: ["north"], uncovered: ["south"] });
  });

  it("says that a delegate covers nobody any more who is away", async () => {
    await put(north1, away({ delegate: north2.id }));
    await put(north2, away());
    expect(await read(north1)).toMatchObject({
      delegate: { user_id: "north-2" },
      covered: [],
      uncovered: ["north"],
    });
  });

  it("ends by itself, by PostgreSQL's clock", async () => {
    await put(north1, away({ delegate: north2.id }));
    await actAs(hospital.knex, "user:north-1", (trx) =>
      trx("availability").update({ until: trx.raw("clock_timestamp()") }),
    );
    expect(await read(north1)).toMatchObject({ status: "available", until: null, delegate: null });
    expect((await read(north2)).covering).toEqual([]);
  });

  it("has a new delegate told, once an hour, however often they take turns", async () => {
    const told = () =>
      hospital.asOwner(
        "SELECT user_id FROM sends WHERE service_id = '0d1e0000-0000-4000-8000-000000000001' AND user_id = $1",
        north2.id,
      );
    const before = (await told()).length;
    const person = await aPerson(hospital, { id: "north-new", territory: "north" });
    for (const delegate of [north2.id, north1.id, north2.id, north1.id, north2.id])
      await put(person, away({ delegate }));
    await put(person, away({ delegate: north2.id, instead: true }));
    expect(await told()).toHaveLength(before + 1);
    await put(person, { status: "available" });
    await disable(person.id, new Date());
  });
});

describe("a new delegate", () => {
  const notices = async () =>
    await hospital.asOwner(
      "SELECT user_id FROM account_notices WHERE change = 'delegate' AND user_id = 'north-1' AND made_at >= $1",
      began,
    );
  const began = new Date();

  it("has the person told by email where that channel is on", async () => {
    const set = (body: object) => server.put("/api/availability", body, as(north1));
    await set({ status: "available" });
    const before = (await notices()).length;
    await set(away({ delegate: north2.id }));
    expect(await notices()).toHaveLength(before + 1);
    // Each change of whom it is, or what is left out, and nothing else.
    await set(away({ delegate: north2.id }));
    await set(away({ delegate: north2.id, instead: true }));
    expect(await notices()).toHaveLength(before + 2);
    await set(away());
    expect(await notices()).toHaveLength(before + 3);
    await set(away());
    await set({ status: "available" });
    await set(away({ delegate: both.id }));
    expect(await notices()).toHaveLength(before + 4);
  });
});

describe("colleagues", () => {
  const list = async (person: TestPerson, query: string) =>
    (await server.get(`/api/colleagues?${query}`, as(person))).read(ColleagueList);

  it("are the active people of one's own territory, by name, and say who is there", async () => {
    await put(north2, { status: "busy", until: inHours(1) });
    await disable(both.id, new Date());
    const { colleagues } = await list(north1, "territory=north");
    await disable(both.id, null);
    expect(colleagues.map(({ user_id, status }) => [user_id, status])).toEqual([
      ["north-1", "available"],
      ["north-2", "busy"],
      ["north-boss", "available"],
    ]);
    expect(colleagues.map(({ user_id, roles }) => [user_id, ...roles])).toEqual([
      ["north-1", "clinician"],
      ["north-2", "clinician"],
      ["north-boss", "supervisor"],
    ]);
    expect((await list(north1, "territory=north&q=BOSS")).colleagues).toHaveLength(1);
    expect((await list(north1, "territory=north&q=%25")).colleagues).toEqual([]);
  });

  it("come in pages", async () => {
    const first = await list(north1, "territory=north&limit=2");
    const second = await list(north1, `territory=north&limit=2&cursor=${first.next ?? ""}`);
    expect([...first.colleagues, ...second.colleagues].map(({ user_id }) => user_id)).toEqual([
      ...["north-1", "north-2", "north-and-south", "north-boss"],
    ]);
  });

  it("of another territory are nobody's to see", async () => {
    expect((await server.get("/api/colleagues?territory=south", as(north1))).status).toBe(404);
    expect((await server.get("/api/colleagues?territory=north", as(hospital.people.admin))).status).toBe(404);
  });
});

describe("people whom nobody could reach", () => {
  const list = async (query = "territory=north") =>
    (await server.get(`/api/unreachable?${query}`, as(hospital.people.northBoss))).read(UnreachableList)
      .people;
  const reasons = async () => (await list()).map(({ user_id, reason }) => [user_id, reason]);

  it("have no channel with an address, or are away and covered by nobody", async () => {
    expect(await reasons()).toEqual([
      ["north-1", "no_channel"],
      ["north-2", "no_channel"],
      ["north-and-south", "no_channel"],
      ["north-boss", "no_channel"],
    ]);
    await put(north1, away());
    await put(both, away({ delegate: north2.id }));
    expect(await reasons()).toEqual([
      ["north-1", "away"],
      ["north-2", "no_channel"],
      ["north-boss", "no_channel"],
    ]);
    // Who covers goes too.
    await put(north2, away());
    expect(await reasons()).toContainEqual(["north-and-south", "away"]);
  });

  it("tell no address, and are seen by their own supervisors alone", async () => {
    expect(Object.keys((await list())[0] ?? {}).toSorted()).toEqual(["name", "reason", "until", "user_id"]);
    const boss = as(hospital.people.northBoss);
    expect((await server.get("/api/unreachable?territory=south", boss)).status).toBe(404);
    expect((await server.get("/api/unreachable?territory=north", as(north1))).status).toBe(403);
  });

  it("can be reached where a channel that is on has an address of theirs", async () => {
    const CHANNEL_EMAIL = JSON.stringify({ host: "127.0.0.1", port: 1, tls: "none", from: "t@west.example" });
    const mail = await startServer(hospital, { CHANNEL_EMAIL, CHANNEL_PRIVATE_HOSTS: "127.0.0.1" });
    await aContactPoint(hospital, { person: north1.id, channel: "email", address: "a@west.example" });
    const answer = await mail.get("/api/unreachable?territory=north", as(hospital.people.northBoss));
    await mail.stop();
    expect(answer.read(UnreachableList).people.map(({ user_id }) => user_id)).not.toContain("north-1");
    expect((await reasons()).map(([id]) => id)).toContain("north-1");
  });
});
