import { afterAll, beforeAll, expect, it } from "vitest";
import { actAs } from "../../store/db/knex.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { DigestItem, InboxPage, Original } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  for (const id of ["north-away", "north-delegate"]) await aPerson(hospital, { id, territory: "north" });
  await actAs(hospital.knex, "user:admin", (trx) =>
    trx("territories")
      .where({ id: "north" })
      .update({ settings: { grouping: { order_update: { digest: { window: 15 } } } } }),
  );
  await actAs(hospital.knex, "user:north-away", (trx) =>
    trx("availability").insert({
      ...{ user_id: "north-away", status: "away", delegate_id: "north-delegate" },
      until: trx.raw("clock_timestamp() + interval '1 hour'"),
    }),
  );
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const send = (message: string, more: object = {}) =>
  hospital.notify("north-away", { category: "order_update", message, ...more });
const reveal = (id: string, by: { id: string }) => server.post(`/api/notifications/${id}/reveal`, {}, as(by));
const digestOf = async (id: string): Promise<string> =>
  String((await hospital.asOwner("SELECT digest FROM notifications WHERE id = $1", id))[0]?.["digest"]);
/** Has the digest's window end now. */
async function ends(digest: string): Promise<void> {
  await actAs(hospital.knex, `worker:${digest}`, (trx) =>
    trx("sends")
      .where({ id: digest })
      .update({ send_at: trx.raw("clock_timestamp()") }),
  );
  await hospital.persist(digest);
}

it("the originals of a digest's items are read by whoever covers its recipient, on record, and by nobody else", async () => {
  const known = [{ kind: "name" as const, value: "Jane Roe" }];
  const id = await send("Jane Roe: bed 4", { known });
  const joined = await send("Jane Roe: bed 5", { known, dedup_key: "bed" });
  await send("Jane Roe: bed 6", { known, dedup_key: "bed" });
  const delegate = { id: "north-delegate" };
  expect((await reveal(id, delegate)).status).toBe(404);
  await ends(await digestOf(id));

  const { notifications } = (await server.get("/api/notifications", as(delegate))).read(InboxPage);
  expect(notifications).toMatchObject([{ covers_for: [{ user_id: "north-away" }] }]);
  const items = DigestItem.array().parse(notifications[0]?.items);
  expect(items.map(({ message }) => message)).toEqual(["[NAME]: bed 4", "[NAME]: bed 6"]);
  expect((await reveal(id, delegate)).read(Original).message).toBe("Jane Roe: bed 4");
  expect((await reveal(joined, delegate)).read(Original).message).toBe("Jane Roe: bed 6");
  const record = await hospital.asOwner(
    "SELECT actor, outcome FROM audit_events WHERE object_id = $1 AND action = 'notification.reveal' ORDER BY id",
    id,
  );
  expect(record).toEqual([
    { actor: "user:north-delegate", outcome: "denied" },
    { actor: "user:north-delegate", outcome: "ok" },
  ]);

  for (const other of [hospital.people.north1, hospital.people.northBoss, hospital.people.southBoss])
    expect((await reveal(id, other)).status, other.id).toBe(404);
  // What lies in it can be read alone, not acted on, and an ordinary notification of theirs stays out of reach.
  expect((await server.post(`/api/notifications/${id}/read`, {}, as(delegate))).status).toBe(404);
  const before = await hospital.notify("north-1");
  expect((await reveal(before, delegate)).status).toBe(404);
  await actAs(hospital.knex, "user:admin", (trx) =>
    trx("memberships").where({ user_id: "north-delegate" }).delete(),
  );
  expect((await reveal(id, delegate)).status).toBe(404);
});
