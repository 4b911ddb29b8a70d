import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createLocalBridge } from "../../channels/websocket/local-bridge.ts";
import { createLog } from "../../config/log.ts";
import { createVault } from "../../store/crypto/vault.ts";
import type { InboxStore } from "../../channels/websocket/gateway.ts";
import { actAs, openDatabase } from "../../store/db/knex.ts";
import { openSession } from "../../store/people/sessions.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { until } from "../../testing/until.ts";
import { noTemporal } from "../../testing/starter.ts";
import { createUnderWay } from "../middleware/under-way.ts";
import { createInboxService } from "../notifications/inbox.ts";
import { createInboxStore } from "./store.ts";

const noLimit = (): Promise<void> => Promise.resolve();

let hospital: Hospital;
beforeAll(async () => {
  hospital = await createHospital();
});
afterAll(() => hospital.close());

const unlimited = { take: noLimit, check: noLimit, count: noLimit, giveBack: noLimit, forget: noLimit };

/** The gateway's store over two pools. */
function storeOver(knex: Knex, reads: Knex): InboxStore {
  const inbox = createInboxService({
    knex,
    vault: createVault(hospital.config.masterKeys),
    bridge: createLocalBridge(),
    starter: noTemporal,
    limits: { reveals: unlimited, revealNotes: unlimited, denials: unlimited, denialNotes: unlimited },
    oversight: { tell: () => Promise.resolve({ told: 0, tied: 0, overseers: 0 }) },
    metrics: { revealsAreMany: () => undefined },
    log: createLog("silent"),
  });
  return createInboxStore({ knex, reads, inbox, underWay: createUnderWay(10) });
}

it("does nothing on a socket whose session has ended, also before the socket hears of it", async () => {
  const { knex } = hospital;
  const store = storeOver(knex, knex);
  const { sessionId } = await actAs(knex, "sign-in", (trx) => openSession(trx, "north-1", randomUUID()));
  const owner = { userId: "north-1", sessionId, inboxId: "" };
  const [first, second] = await Promise.all([hospital.notify("north-1"), hospital.notify("north-1")]);
  expect(await store.acknowledge(owner, first)).toBe("ok");
  await actAs(knex, "sign-in", (trx) =>
    trx("sessions").where({ id: sessionId }).update({ revoked_at: new Date() }),
  );
  expect(await store.acknowledge(owner, second)).toBe("signed_out");
  const [row] = await hospital.asOwner("SELECT status FROM notifications WHERE id = $1", second);
  expect(row).toEqual({ status: "sent" });
});

it("has what a person's sockets change take a part of the connections alone", async () => {
  const knex = openDatabase(hospital.config.database.url, { max: 10, patience: 60_000 });
  const store = storeOver(knex, knex);
  const { sessionId } = await actAs(knex, "sign-in", (trx) => openSession(trx, "north-1", randomUUID()));
  const owner = { userId: "north-1", sessionId, inboxId: "" };
  const id = await hospital.notify("north-1");
  const admin = await hospital.owner("notifications");
  await admin.query("BEGIN");
  await admin.query("SELECT 1 FROM notifications WHERE id = $1 FOR UPDATE", [id]);
  const acts = Array.from({ length: 50 }, () => store.acknowledge(owner, id));
  await until("as many as may are held up", () => knex.client.pool.numUsed() === 3);
  expect(knex.client.pool.numPendingAcquires()).toBe(0);
  await admin.query("COMMIT");
  expect(new Set(await Promise.all(acts))).toEqual(new Set(["ok"]));
  await knex.destroy();
});

it("has sockets read over connections of their own, so that a storm of them holds up no send", async () => {
  const own = { max: 1, patience: 60_000 };
  const { url } = hospital.config.database;
  const [knex, reads] = [openDatabase(url, own), openDatabase(url, own)];
  const store = storeOver(knex, reads);
  const owner = { userId: "north-1", sessionId: "", inboxId: "" };
  const held: unknown = await reads.client.acquireConnection();
  const storm: Promise<unknown>[] = Array.from({ length: 50 }, () => store.changesAfter(owner, 0, 10));
  storm.push(store.begin(owner), store.position(owner));
  await until("the sockets wait", () => reads.client.pool.numPendingAcquires() >= storm.length);
  expect(knex.client.pool.numPendingAcquires()).toBe(0);
  const nothing = { after: 0, to: 0 };
  expect(await store.received(owner, nothing, nothing)).toEqual([]);
  await reads.client.releaseConnection(held);
  await Promise.all(storm);
  await Promise.all([knex.destroy(), reads.destroy()]);
});
