import { DateTime } from "luxon";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadInstallationKey } from "../../store/crypto/secrets.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { actAs } from "../../store/db/knex.ts";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { OverrideList, Schedule, Shifts } from "./schema.ts";
import { Swap, SwapList } from "./swap-schema.ts";

const DAY = 86_400_000;
const MINUTE = 60_000;
/** How far ahead a turn may begin. */
const YEAR = 366 * DAY;

let hospital: Hospital;
let server: TestServer;
let boss: TestPerson;
let north1: TestPerson;
let north2: TestPerson;
let third: TestPerson;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  ({ northBoss: boss, north1, north2 } = hospital.people);
  third = await aPerson(hospital, { id: "north-3", territory: "north" });
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

interface Turn {
  starts_at: string;
  ends_at: string;
}

/** A schedule of three people, a day each unless told otherwise. */
const aSchedule = async (
  zone = "America/New_York",
  rule = "FREQ=DAILY",
  starts = "2026-01-05T08:00",
): Promise<string> =>
  (
    await server.post(
      "/api/schedules",
      {
        ...{ territory_id: "north", name: "Nephrology", zone },
        layers: [{ name: "Days", people: ["north-1", "north-2", "north-3"], starts, rule }],
      },
      as(boss),
    )
  ).read(Schedule).schedule_id;

/** The turns of the next weeks that have not begun. */
async function turns(id: string, person: TestPerson): Promise<Turn[]> {
  const [from, to] = [0, 40].map((days) => new Date(Date.now() + days * DAY).toISOString());
  const { shifts } = (await server.get(`/api/schedules/${id}/shifts?from=${from}&to=${to}`, as(person))).read(
    Shifts,
  );
  return shifts
    .slice(1, -1)
    .flatMap((shift) =>
      shift.person?.user_id === person.id ? [{ starts_at: shift.from, ends_at: shift.to }] : [],
    );
}
const turn = async (id: string, person: TestPerson, place = 0): Promise<Turn> => {
  const found = (await turns(id, person))[place];
  if (found === undefined) throw new Error("no turn");
  return found;
};
const whoHas = async (id: string, { starts_at, ends_at }: Turn): Promise<(string | undefined)[]> =>
  (await server.get(`/api/schedules/${id}/shifts?from=${starts_at}&to=${ends_at}`, as(boss)))
    .read(Shifts)
    .shifts.map(({ person }) => person?.user_id);
const offer = async (id: string, by = north1, body: object = {}): Promise<Answer> =>
  server.post(
    `/api/schedules/${id}/swaps`,
    { mine: await turn(id, north1), theirs: await turn(id, north2), with: "north-2", ...body },
    as(by),
  );
const act = (id: string, swap: string, what: "accept" | "decline", by: TestPerson): Promise<Answer> =>
  server.post(`/api/schedules/${id}/swaps/${swap}/${what}`, undefined, as(by));
const waiting = async (id: string) =>
  (await server.get(`/api/schedules/${id}/swaps`, as(north1))).read(SwapList).swaps;
/** Who was sent what of a swap, in order. */
const toldOf = async (swap: string) => {
  const secrets = await loadInstallationKey(hospital.knex, createVault(hospital.config.masterKeys));
  const sent = await Promise.all(
    ["offered", "accepted", "declined"].flatMap((state) =>
      ["north-1", "north-2"].map(async (person) => {
        const key = secrets.mac("idempotency key", `swap ${swap} ${state} ${person}`);
        const rows = await hospital.asOwner(
          "SELECT user_id, priority FROM sends WHERE idempotency_hash = $1",
          key,
        );
        return rows.map(({ user_id, priority }) => `${user_id} ${priority} ${state}`);
      }),
    ),
  );
  return sent.flat();
};
const overrides = async (id: string) =>
  (await server.get(`/api/schedules/${id}/overrides`, as(boss))).read(OverrideList).overrides;

/**
 * The nights of the next year in which a zone's clocks change: the day, the moment, and by how many minutes they go forward. One whose clocks don't has
 * the next night but one.
 */
const NIGHTS = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"].flatMap(
  (zone) => {
    const offset = (at: number): number => DateTime.fromMillis(at, { zone }).offset;
    const row = (at: number) =>
      [zone, DateTime.fromMillis(at, { zone }).toISODate(), at, offset(at) - offset(at - 1)] as const;
    const first = Math.ceil(Date.now() / (30 * MINUTE)) * 30 * MINUTE + 3 * DAY;
    const nights: ReturnType<typeof row>[] = [];
    for (let at = first; at < Date.now() + YEAR - 3 * DAY; at += 30 * MINUTE)
      if (offset(at) !== offset(at - 1)) nights.push(row(at));
    return nights.length === 0 ? [row(first)] : nights;
  },
);

describe("a swap", () => {
  it("changes nothing until whom it is offered to accepts, and then both turns at once", async () => {
    const id = await aSchedule();
    const [mine, theirs] = [await turn(id, north1), await turn(id, north2)];
    const made = (await offer(id)).read(Swap);
    expect(made).toMatchObject({
      state: "offered",
      person: { user_id: "north-1" },
      with: { name: "north-2" },
    });
    expect(Date.parse(made.expires_at)).toBe(
      Math.min(Date.parse(mine.starts_at), Date.parse(theirs.starts_at)),
    );
    expect([await whoHas(id, mine), await whoHas(id, theirs)]).toEqual([["north-1"], ["north-2"]]);
    expect((await waiting(id)).map(({ swap_id }) => swap_id)).toEqual([made.swap_id]);
    expect(await toldOf(made.swap_id)).toEqual(["north-2 normal offered"]);
    for (const [person, status] of [
      [north1, 403],
      [third, 403],
      [boss, 403],
      [hospital.people.south1, 404],
    ] as const)
      for (const what of ["accept", "decline"] as const)
        expect((await act(id, made.swap_id, what, person)).status, person.id).toBe(status);
    expect((await act(id, made.swap_id, "accept", north2)).read(Swap).state).toBe("accepted");
    expect([await whoHas(id, mine), await whoHas(id, theirs)]).toEqual([["north-2"], ["north-1"]]);
    expect(await waiting(id)).toEqual([]);
    expect(await toldOf(made.swap_id)).toEqual(["north-2 normal offered", "north-1 normal accepted"]);
    for (const what of ["accept", "decline"] as const)
      expect((await act(id, made.swap_id, what, north2)).status).toBe(409);
    const record = await hospital.asOwner(
      "SELECT actor, payload FROM audit_events WHERE action = 'schedule.accept_swap' AND outcome = 'ok' AND object_id = $1",
      id,
    );
    const iso = ({ starts_at, ends_at }: Turn) => ({ starts_at, ends_at });
    expect(record).toMatchObject([
      { actor: "user:north-2", payload: { swap_id: made.swap_id, mine: iso(mine), theirs: iso(theirs) } },
    ]);
  });

  it("is a supervisor's at once, of any two", async () => {
    const id = await aSchedule();
    const [mine, theirs] = [await turn(id, north2), await turn(id, third)];
    const made = (await offer(id, boss, { mine, theirs, with: "north-3" })).read(Swap);
    expect(made.state).toBe("accepted");
    expect([await whoHas(id, mine), await whoHas(id, theirs)]).toEqual([["north-3"], ["north-2"]]);
  });

  it.each(NIGHTS)(
    "in %s changes just what it says in the night of %s, of turns by the day and by the hour",
    async (zone, _day, change, minutes) => {
      const [from, to] = [new Date(change - 2 * DAY), new Date(change + 2 * DAY)];
      const shifts = async (id: string) => {
        const query = `from=${from.toISOString()}&to=${to.toISOString()}`;
        return (await server.get(`/api/schedules/${id}/shifts?${query}`, as(boss))).read(Shifts).shifts;
      };
      const people = { "north-1": north1, "north-2": north2, "north-3": third };
      for (const [rule, starts] of [
        ["FREQ=DAILY", "2026-01-05T19:00"],
        ["FREQ=HOURLY", "2026-01-05T00:30"],
      ] as const) {
        const id = await aSchedule(zone, rule, starts);
        const before = await shifts(id);
        const at = (list: typeof before, moment: number) =>
          list.filter((one) => Date.parse(one.from) <= moment && moment < Date.parse(one.to));
        const [mine] = at(before, change);
        const theirs = before.find(
          (one) => one.from > (mine?.to ?? "") && one.person?.user_id !== mine?.person?.user_id,
        );
        if (!mine?.person || !theirs?.person) throw new Error("no turn");
        if (rule === "FREQ=DAILY") {
          const walls = [mine.from, mine.to].map((end) =>
            DateTime.fromISO(end).setZone(zone).toFormat("HH:mm"),
          );
          expect(walls).toEqual(["19:00", "19:00"]);
          expect(Date.parse(mine.to) - Date.parse(mine.from)).toBe(DAY - minutes * MINUTE);
        }
        const both = [mine, theirs].map((one) => ({ starts_at: one.from, ends_at: one.to }));
        const [proposer, colleague] = [mine, theirs].map(({ person }) => person?.user_id ?? "");
        const body = { mine: both[0], theirs: both[1], with: colleague };
        const by = (who = "") => people[who as keyof typeof people];
        const offered = (await server.post(`/api/schedules/${id}/swaps`, body, as(by(proposer)))).read(Swap);
        expect([offered.mine, offered.theirs]).toEqual(both);
        expect((await act(id, offered.swap_id, "accept", by(colleague))).status).toBe(200);
        const given = (await overrides(id)).map(({ person, starts_at, ends_at }) => ({
          ...{ who: person.user_id, starts_at, ends_at },
        }));
        expect(given).toEqual([
          { who: colleague, ...both[0] },
          { who: proposer, ...both[1] },
        ]);
        const after = await shifts(id);
        const has = ({ from, to }: { from: string; to: string }, moment: number) =>
          Date.parse(from) <= moment && moment < Date.parse(to);
        for (let moment = from.getTime(); moment < to.getTime(); moment += 15 * MINUTE) {
          const expected = has(mine, moment)
            ? colleague
            : has(theirs, moment)
              ? proposer
              : at(before, moment)[0]?.person?.user_id;
          const found = at(after, moment).map(({ person }) => person?.user_id);
          expect(found, new Date(moment).toISOString()).toEqual([expected]);
        }
      }
    },
  );

  it("that is declined or taken back is over", async () => {
    const id = await aSchedule();
    const declined = (await offer(id)).read(Swap).swap_id;
    expect((await act(id, declined, "decline", north2)).read(Swap).state).toBe("declined");
    expect((await act(id, declined, "accept", north2)).status).toBe(409);
    expect(await toldOf(declined)).toEqual(["north-2 normal offered", "north-1 normal declined"]);
    const taken = (await offer(id)).read(Swap).swap_id;
    const path = `/api/schedules/${id}/swaps/${taken}`;
    expect((await server.delete(path, as(north2))).status).toBe(403);
    expect((await server.delete(path, as(north1))).status).toBe(204);
    expect((await act(id, taken, "accept", north2)).status).toBe(409);
    expect(await overrides(id)).toEqual([]);
  });

  it("is of turns that are theirs and lie ahead, and has not changed hands", async () => {
    const id = await aSchedule();
    const mine = await turn(id, north1);
    const theirs = await turn(id, north2);
    const begun = { ...mine, starts_at: new Date(Date.now() - 60_000).toISOString() };
    const both = {
      starts_at: mine.starts_at,
      ends_at: new Date(Date.parse(mine.ends_at) + DAY).toISOString(),
    };
    for (const [body, status, path] of [
      [{ mine: theirs }, 403, null],
      [{ mine: both }, 403, null],
      [{ theirs: mine }, 422, "/theirs"],
      [{ theirs: both }, 422, "/theirs"],
      [{ with: "north-1" }, 422, "/with"],
      [{ with: "south-1" }, 422, "/with"],
      [{ mine: begun }, 422, "/mine/starts_at"],
      [{ theirs: { ...theirs, ends_at: theirs.starts_at } }, 422, "/theirs/ends_at"],
    ] as const) {
      const answer = await offer(id, north1, body);
      expect(answer, JSON.stringify(body)).toMatchObject({ status });
      if (path !== null) expect(answer.body).toMatchObject({ errors: [{ path }] });
    }
    const swap = (await offer(id)).read(Swap).swap_id;
    const given = { user_id: "north-3", ...theirs };
    expect((await server.post(`/api/schedules/${id}/overrides`, given, as(north2))).status).toBe(201);
    expect(await act(id, swap, "accept", north2)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("changed hands") },
    });
    expect(await whoHas(id, mine)).toEqual(["north-1"]);
    expect(await overrides(id)).toHaveLength(1);
    // Whoever took it over hears nothing of it, and what was offered stands.
    expect((await act(id, swap, "accept", third)).status).toBe(403);
  });

  it("can't be accepted once its time is over, nor by somebody who has left", async () => {
    const id = await aSchedule();
    const owner = await hospital.owner("schedule_swaps", "users");
    const late = (await offer(id)).read(Swap).swap_id;
    await owner.query("UPDATE schedule_swaps SET expires_at = now() WHERE id = $1", [late]);
    expect((await act(id, late, "accept", north2)).status).toBe(409);
    expect(await waiting(id)).toEqual([]);
    const swap = (await offer(id)).read(Swap).swap_id;
    await owner.query("UPDATE users SET disabled_at = now() WHERE id = 'north-1'");
    const answer = await act(id, swap, "accept", north2);
    await owner.query("UPDATE users SET disabled_at = NULL WHERE id = 'north-1'");
    expect(answer.status).toBe(409);
    expect(await overrides(id)).toEqual([]);
  });

  it("gives one turn to one of those who accept at once, and leaves the others as they were", async () => {
    const id = await aSchedule();
    const mine = await turn(id, north1);
    const [first, second] = [
      (await offer(id)).read(Swap).swap_id,
      (await offer(id, north1, { theirs: await turn(id, third), with: "north-3" })).read(Swap).swap_id,
    ];
    const answers = await Promise.all([
      act(id, first, "accept", north2),
      act(id, first, "accept", north2),
      act(id, second, "accept", third),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(await overrides(id)).toHaveLength(2);
    const taker = answers[2]?.status === 200 ? "north-3" : "north-2";
    expect(await whoHas(id, mine)).toEqual([taker]);
  });

  it("takes both turns or neither", async () => {
    const id = await aSchedule();
    const swap = (await offer(id)).read(Swap).swap_id;
    const owner = await hospital.owner("schedule_overrides", "schedule_swaps");
    // The second override is refused.
    await owner.query(
      `CREATE FUNCTION refuse_second() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN IF NEW.user_id = 'north-1' THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW; END $$;
       CREATE TRIGGER refuse_second BEFORE INSERT ON schedule_overrides FOR EACH ROW EXECUTE FUNCTION refuse_second()`,
    );
    const answer = await act(id, swap, "accept", north2);
    await owner.query("DROP TRIGGER refuse_second ON schedule_overrides; DROP FUNCTION refuse_second()");
    expect(answer.status).toBe(500);
    expect(await overrides(id)).toEqual([]);
    expect((await waiting(id)).map(({ swap_id }) => swap_id)).toEqual([swap]);
    expect((await act(id, swap, "accept", north2)).status).toBe(200);
  });

  it("is not accepted in another's name, whatever the program does", async () => {
    const id = await aSchedule();
    const { swap_id } = (await offer(id)).read(Swap);
    for (const person of ["north-1", "north-3", "north-boss"])
      await expect(
        actAs(hospital.knex, `user:${person}`, (trx) =>
          trx("schedule_swaps").where({ id: swap_id }).update({ state: "accepted" }),
        ),
        person,
      ).rejects.toThrow(/row-level security/);
  });

  it("has a bound of offers", async () => {
    const id = await aSchedule();
    const owner = await hospital.owner("schedule_swaps");
    const { swap_id } = (await offer(id)).read(Swap);
    await owner.query(
      `INSERT INTO schedule_swaps SELECT gen_random_uuid(), schedule_id, territory_id, proposer_id, colleague_id, mine_starts_at, mine_ends_at,
       theirs_starts_at, theirs_ends_at, state, author_id, created_at, expires_at FROM schedule_swaps, generate_series(2, 20) WHERE id = $1`,
      [swap_id],
    );
    expect((await offer(id)).status).toBe(409);
  });
});
