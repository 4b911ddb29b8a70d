import { afterAll, beforeAll, expect, it } from "vitest";
import { createLog } from "../config/log.ts";
import { actAs } from "../store/db/knex.ts";
import { findExpired } from "../store/notifications/outbox.ts";
import { expire } from "../store/transitions/withdraw.ts";
import { createHospital, type Hospital } from "../testing/hospital.ts";
import { createAlone } from "./alone.ts";

let hospital: Hospital;
const lines: string[] = [];
beforeAll(async () => {
  hospital = await createHospital();
});
afterAll(() => hospital.close());

/** A notification whose time is over. */
async function anExpired(): Promise<string> {
  const id = await hospital.notify("north-1");
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications")
      .where({ id })
      .update({ expires_at: new Date(Date.now() - 1_000) }),
  );
  return id;
}

/** Ends the time for which failed items are put off. */
const waitedOut = async (): Promise<void> => {
  const owner = await hospital.owner("troubles");
  await owner.query("UPDATE troubles SET again_at = now()");
};

it("lets one item that fails again and again hold up no other, and parks it", async () => {
  const log = createLog("warn", { write: (line) => void lines.push(line) });
  const alone = createAlone(hospital.knex, log);
  const [bad, good] = [await anExpired(), await anExpired()];
  const round = async (): Promise<string[]> => {
    const ids = await findExpired(hospital.knex);
    await alone("expire", ids, async (id) => {
      if (id === bad) throw Object.assign(new Error("who?"), { code: "P0001" });
      await expire(hospital.knex, id);
    });
    return ids;
  };
  expect(await round()).toEqual([bad, good]);
  for (let failures = 2; failures <= 10; failures += 1) {
    expect(await round()).toEqual([]);
    await waitedOut();
    expect(await round()).toEqual([bad]);
  }
  await waitedOut();
  expect(await round()).toEqual([]);
  const parked = lines.map((line) => JSON.parse(line)).filter(({ level }) => level >= 50);
  expect(parked).toMatchObject([{ id: bad, kind: "expire" }]);
  const [trouble] = await hospital.asOwner("SELECT failures, code FROM troubles WHERE id = $1", bad);
  expect(trouble).toEqual({ failures: 10, code: "P0001" });
});

it.each(["57014", "55P03", "40001", "40P01", "42804"])(
  "an item that PostgreSQL takes back each time with %s ends no round, and is counted and parked as any other",
  async (code) => {
    const log = createLog("silent");
    const alone = createAlone(hospital.knex, log);
    const [bad, good] = [await anExpired(), await anExpired()];
    const done: string[] = [];
    const takenBack = Object.assign(new Error("taken back"), { code });
    const work = (id: string) => (id === bad ? Promise.reject(takenBack) : Promise.resolve(done.push(id)));
    for (let failures = 1; failures <= 10; failures += 1) await alone("expire", [bad, good], work);
    expect(done).toEqual(Array.from({ length: 10 }, () => good));
    expect(
      await hospital.asOwner("SELECT code, parked_at IS NOT NULL AS parked FROM troubles WHERE id = $1", bad),
    ).toEqual([{ code, parked: true }]);
  },
);

it("counts anew what failed and has been well for ten minutes", async () => {
  const alone = createAlone(hospital.knex, createLog("silent"));
  const id = await anExpired();
  const fail = () => alone("expire", [id], () => Promise.reject(new Error("no")));
  for (let failures = 1; failures <= 9; failures += 1) await fail();
  const owner = await hospital.owner("troubles");
  await owner.query("UPDATE troubles SET again_at = now() - interval '11 minutes' WHERE id = $1", [id]);
  await fail();
  expect(await hospital.asOwner("SELECT failures, parked_at FROM troubles WHERE id = $1", id)).toEqual([
    { failures: 1, parked_at: null },
  ]);
});

it("counts no failure against an item while PostgreSQL is away", async () => {
  const alone = createAlone(hospital.knex, createLog("silent"));
  const id = await anExpired();
  const away = Object.assign(new Error("terminating connection"), { code: "57P01" });
  await expect(alone("expire", [id], () => Promise.reject(away))).rejects.toBe(away);
  expect(await hospital.asOwner("SELECT FROM troubles WHERE id = $1", id)).toEqual([]);
});

it("parks no step of an alert and no send that arrives nowhere yet, and says in the log that it is in trouble", async () => {
  const said: { level: number; failures?: number }[] = [];
  const log = createLog("warn", { write: (line) => void said.push(JSON.parse(line)) });
  const id = await hospital.notify("north-1", { priority: "critical" });
  for (const kind of ["step", "arrive"] as const) {
    said.length = 0;
    for (let failures = 1; failures <= 10; failures += 1)
      await createAlone(hospital.knex, log)(kind, [id], () => Promise.reject(new Error("no")));
    expect(said.filter(({ level }) => level >= 50)).toMatchObject([{ kind, id, failures: 10 }]);
    const [trouble] = await hospital.asOwner("SELECT * FROM troubles WHERE id = $1 AND kind = $2", id, kind);
    expect(trouble).toMatchObject({ failures: 10, parked_at: null });
  }
});
