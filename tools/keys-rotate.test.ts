import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { generate } from "otplib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Original, unsealOriginal } from "../store/crypto/original.ts";
import type { MasterKey } from "../config/master-keys.ts";
import { must } from "../config/must.ts";
import { actAs } from "../store/db/knex.ts";
import { countKeys } from "../store/crypto/rotation.ts";
import { until } from "../testing/until.ts";
import { Send } from "../store/models/Send.ts";
import { createVault } from "../store/crypto/vault.ts";
import { enrol, redeemCode } from "../store/people/second-factor.ts";
import { loadInstallationKey } from "../store/crypto/secrets.ts";
import { createHospital, type Hospital } from "../testing/hospital.ts";
import { runTool, type Running, startTool } from "../testing/tool.ts";

const newKey = (id: string): MasterKey => ({ id, key: randomBytes(32) });
const text = (keys: MasterKey[]): string =>
  keys.map(({ id, key }) => `${id}:${key.toString("base64")}`).join(",");

let hospital: Hospital;
let k1: MasterKey;
const k2 = newKey("k2");
const k3 = newKey("k3");

beforeEach(async () => {
  hospital = await createHospital({ max: 3 });
  k1 = hospital.config.masterKeys[0];
});
afterEach(() => hospital.close());

const start = (keys: MasterKey[], ...flags: string[]): Running =>
  startTool("keys-rotate", flags, {
    DATABASE_URL: hospital.config.database.url,
    TOCSIN_MASTER_KEY: text(keys),
  });
const rotate = (keys: MasterKey[], ...flags: string[]) => start(keys, ...flags).ended;

const under = async (keyId: string): Promise<number> =>
  Number(
    (await hospital.asOwner("SELECT count(*) AS count FROM sends WHERE key_id = $1", keyId))[0]?.["count"],
  );

async function accept(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1)
    ids.push(await hospital.accept("north-1", { message: `Number ${index}` }));
  return ids;
}

/** Opens an original as a node with these keys would. */
async function open(id: string, ...keys: [MasterKey, ...MasterKey[]]): Promise<Original> {
  const send = await actAs(hospital.knex, `worker:${id}`, (trx) => Send.query(trx).findById(id));
  if (send === undefined) throw new Error("there is no such send");
  return unsealOriginal(createVault(keys), send);
}

describe("npm run keys:rotate", () => {
  it("wraps those of repeats anew, which joined an alert", async () => {
    const repeats = ["first", "second"].map((message) => ({ message, dedup_key: "freezer-7" }));
    const ids: string[] = [];
    for (const body of repeats) ids.push(await hospital.notify("north-1", body));
    expect((await rotate([k2, k1])).status).toBe(0);
    const [joined] = await hospital.asOwner("SELECT joined FROM sends WHERE id = $1", ids[1]);
    expect(joined).toEqual({ joined: ids[0] });
    expect(await open(must(ids[1], "repeat"), k2)).toMatchObject({ message: "second" });
  });

  it("wraps every key anew, leaves messages as they are, and frees the old key", async () => {
    const ids = await accept(7);
    const [id = ""] = ids;
    await hospital.persist(id);
    const before = createVault([k1]);
    const installation = (await loadInstallationKey(hospital.knex, before)).derive("test");
    const secret = await actAs(hospital.knex, "user:north-1", (trx) => enrol(trx, before, "north-1"));
    const sealed = await hospital.asOwner("SELECT id, sealed FROM sends ORDER BY id");
    await expect(open(id, k2)).rejects.toThrow('no key named "k1"');

    const { status, output } = await rotate([k2, k1], "--batch=3");
    expect(output).toContain('keys:rotate: under "k2": 1 in secrets, 1 in second_factors, 7 in sends\n');
    expect(output).toMatch(/under "k1": nothing\n.*done: "k1" can be taken out of TOCSIN_MASTER_KEY\n$/);
    expect(status).toBe(0);

    const after = createVault([k2]);
    expect(await hospital.asOwner("SELECT id, sealed FROM sends ORDER BY id")).toEqual(sealed);
    for (const [index, each] of ids.entries())
      expect(await open(each, k2)).toMatchObject({ message: `Number ${index}` });
    await expect(open(id, k1)).rejects.toThrow('no key named "k2"');
    expect((await loadInstallationKey(hospital.knex, after)).derive("test")).toBe(installation);
    const code = await generate({ secret: must(secret, "secret") });
    expect(await actAs(hospital.knex, "user:north-1", (trx) => redeemCode(trx, after, "north-1", code))).toBe(
      true,
    );
    const events = await hospital.asOwner(
      "SELECT actor, object_id, payload FROM audit_events WHERE action = 'keys.rewrap' ORDER BY id",
    );
    expect(events.map(({ actor, object_id, payload }) => [actor, object_id, payload])).toEqual([
      ["rotation", "secrets", { key_id: "k2", count: 1 }],
      ["rotation", "second_factors", { key_id: "k2", count: 1 }],
      ...[3, 3, 1].map((count) => ["rotation", "sends", { key_id: "k2", count }]),
    ]);
  });

  it("goes on where it was killed, and changes nothing when run once more", async () => {
    const ids = await accept(50);
    const held = must(ids.at(-1), "send");
    // As long as one send is held, the run can't come to its end.
    await actAs(hospital.knex, `worker:${held}`, async (trx) => {
      await trx("sends").where({ id: held }).forUpdate();
      const { child, ended } = start([k2, k1], "--batch=1");
      await until("some are wrapped anew", async () =>
        (await countKeys(hospital.knex)).some(({ table, key_id }) => table === "sends" && key_id === "k2"),
      );
      child.kill("SIGKILL");
      await ended;
      expect(child.signalCode).toBe("SIGKILL");
    });
    expect([await under("k1"), await under("k2")]).not.toContain(0);
    expect(await rotate([k2, k1])).toMatchObject({ status: 0 });
    expect(await under("k2")).toBe(50);
    for (const id of ids) await open(id, k2);
    const rows = await hospital.asOwner("SELECT id, xmin::text, key_id FROM sends ORDER BY id");
    const again = await rotate([k2, k1]);
    expect(again).toMatchObject({
      status: 0,
      output: expect.stringContaining("\nkeys:rotate: 0 wrapped anew\n"),
    });
    expect(await hospital.asOwner("SELECT id, xmin::text, key_id FROM sends ORDER BY id")).toEqual(rows);
  });

  it("passes by what a node holds, and comes back for it", async () => {
    const [held = ""] = await accept(4);
    const running = await actAs(hospital.knex, `worker:${held}`, async (trx) => {
      await trx("sends").where({ id: held }).forUpdate();
      const started = start([k2, k1], "--batch=1");
      await until("the others are wrapped anew", async () =>
        (await countKeys(hospital.knex)).some(
          ({ key_id, table, count }) => table === "sends" && key_id === "k2" && count === 3,
        ),
      );
      return started;
    });
    expect(await running.ended).toMatchObject({ status: 0 });
    expect(await open(held, k2)).toMatchObject({ message: "Number 0" });
  });

  it("may run twice at once", async () => {
    const ids = await accept(60);
    const runs = await Promise.all([rotate([k2, k1], "--batch=5"), rotate([k2, k1], "--batch=5")]);
    expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    for (const id of ids) await open(id, k2);
  });

  it("says which key is missing, and wraps the rest anew", async () => {
    const [first = ""] = await accept(2);
    await rotate([k2, k1]);
    await accept(1);
    const { status, output } = await rotate([k3, k1]);
    expect(output).toContain('TOCSIN_MASTER_KEY holds no key "k2": add it behind the first');
    expect(output).toMatch(/NOT DONE: keep "k2"\n$/);
    expect(status).toBe(1);
    expect([await under("k1"), await under("k2"), await under("k3")]).toEqual([0, 2, 1]);
    expect(await rotate([k3, k2])).toMatchObject({ status: 0 });
    expect(await open(first, k3)).toMatchObject({ message: "Number 0" });
  });

  it("leaves what its key does not open, and names it", async () => {
    const [id = ""] = await accept(2);
    const { status, output } = await rotate([k2, newKey("k1")]);
    expect(output).toMatch(
      /"k1" does not open secrets installation and 2 more: it was altered, or sealed with another key/,
    );
    expect(status).toBe(1);
    expect(await open(id, k1)).toMatchObject({ message: "Number 0" });
  });

  it("notices a node that still seals with the old key", async () => {
    const ahead = await accept(1);
    await actAs(hospital.knex, `worker:${ahead[0]}`, (trx) =>
      trx("sends").update({ created_at: new Date(Date.now() + 60_000) }),
    );
    const { status, output } = await rotate([k2, k1]);
    expect(output).toContain('sends came in under "k1" meanwhile: restart the nodes with "k2" first');
    expect(output).toMatch(/NOT DONE: keep "k1"\n$/);
    expect(status).toBe(1);
  });

  it("exits 2 when it can't run, and says what to do", async () => {
    const run = async (env: Record<string, string>, ...flags: string[]) => {
      const { status, output } = await runTool("keys-rotate", flags, env);
      return [status, output];
    };
    const home = { TOCSIN_HOME: join(import.meta.dirname, "no-such-home") };
    expect(await run(home)).toEqual([2, expect.stringContaining("start Tocsin (npm start)")]);
    const url = { DATABASE_URL: hospital.config.database.url };
    expect(await run(url)).toEqual([2, expect.stringContaining("TOCSIN_MASTER_KEY: is not set")]);
    expect(await run(url, "--batch=0")).toEqual([2, expect.stringContaining("--batch")]);
    const nowhere = { DATABASE_URL: "postgres://nobody@127.0.0.1:1/none", TOCSIN_MASTER_KEY: text([k2]) };
    expect(await run(nowhere)).toEqual([2, expect.stringContaining("can't rotate")]);
  });
});
