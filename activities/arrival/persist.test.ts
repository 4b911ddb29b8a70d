import { afterAll, beforeAll, expect, it } from "vitest";
import { createLocalBridge } from "../../channels/websocket/local-bridge.ts";
import { createLog } from "../../config/log.ts";
import { createRedactor, type Redactor } from "../../redaction/threads/redactor.ts";
import { loadInstallationKey } from "../../store/crypto/secrets.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { actAs } from "../../store/db/knex.ts";
import { receive } from "../../store/transitions/receive.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint } from "../../testing/nouns.ts";
import { createPersist, type PersistDeps } from "./persist.ts";
import { copyOf } from "./plan.ts";

let hospital: Hospital;
let redactor: Redactor;
let deps: PersistDeps;
let persist: ReturnType<typeof createPersist>;
let inboxId: string;
const bridge = createLocalBridge();

beforeAll(async () => {
  hospital = await createHospital();
  redactor = createRedactor({ threads: 1 });
  await aContactPoint(hospital, { person: "north-1", channel: "email", address: "a@example.org" });
  const vault = createVault(hospital.config.masterKeys);
  deps = {
    knex: hospital.knex,
    vault,
    secrets: await loadInstallationKey(hospital.knex, vault),
    redactor,
    log: createLog("silent"),
    channels: { names: () => ["websocket", "email"] },
    bridge,
    onSettled: () => undefined,
    onWork: () => undefined,
    // A busy machine takes its time.
    shownWithin: 3_000,
  };
  persist = createPersist(deps);
  const [inbox] = await hospital.asOwner("SELECT id FROM inboxes WHERE user_id = 'north-1'");
  inboxId = String(inbox?.["id"]);
});
afterAll(async () => {
  await redactor.stop();
  await hospital.close();
});

/** Runs `work` while a socket of north-1 confirms all that it is told of. */
async function withSocket<T>(work: () => Promise<T>): Promise<T> {
  const stop = await bridge.subscribe(inboxId, ({ seq, id }) => {
    const stretch = { after: seq - 1, to: seq };
    void receive(hospital.knex, "north-1", stretch, { after: seq, to: seq }).then(() => bridge.hint(id));
  });
  return await work().finally(stop);
}
const channelsOf = ({ groups }: Awaited<ReturnType<typeof persist>>): string[] =>
  groups.flatMap(({ deliveries }) => deliveries.map(({ channel }) => channel));

it("leaves nothing to deliver once a socket has confirmed the notification", async () => {
  const id = await hospital.accept("north-1");
  expect(channelsOf(await withSocket(() => persist(id)))).toEqual([]);
  expect(channelsOf(await persist(id))).toEqual([]);
});

it("leaves every channel of a critical notification that a device has and nobody has seen", async () => {
  const id = await hospital.accept("north-1", { priority: "critical" }, "critical");
  expect(channelsOf(await withSocket(() => persist(id)))).toEqual(["websocket", "email"]);
});

it("leaves every channel where nobody is connected, or does not answer", async () => {
  expect(channelsOf(await persist(await hospital.accept("north-1")))).toEqual(["websocket", "email"]);
  const stop = await bridge.subscribe(inboxId, () => undefined);
  expect(channelsOf(await persist(await hospital.accept("north-1")))).toEqual(["websocket", "email"]);
  await stop();
});

it("leaves the delegate's channels where the person's device has it, and tells the delegate's sockets", async () => {
  await actAs(hospital.knex, "user:north-1", (trx) =>
    trx("availability").insert({
      ...{ user_id: "north-1", status: "away", delegate_id: "north-2" },
      until: trx.raw("clock_timestamp() + interval '1 hour'"),
    }),
  );
  const [inbox] = await hospital.asOwner("SELECT id FROM inboxes WHERE user_id = 'north-2'");
  const told: string[] = [];
  const stop = await bridge.subscribe(String(inbox?.["id"]), ({ id }) => void told.push(id));
  const id = await hospital.accept("north-1");
  const { groups } = await withSocket(() => persist(id));
  await stop();
  await actAs(hospital.knex, "user:north-1", (trx) => trx("availability").delete());
  const copy = copyOf(id, "north-2");
  expect(groups.map(({ notificationId }) => notificationId)).toEqual([copy]);
  expect(told).toEqual([copy]);
});

it("does not keep its turn while its text waits to be redacted", async () => {
  const id = await hospital.accept("north-1");
  const heard: string[] = [];
  const redact: Redactor["redact"] = async (...given) => {
    heard.push("redacted");
    return await redactor.redact(...given);
  };
  await createPersist({ ...deps, redactor: { redact } })(id, (work) =>
    work(async (wait) => {
      heard.push("aside");
      return await wait().finally(() => heard.push("in its turn again"));
    }),
  );
  expect(heard).toEqual(["aside", "redacted", "in its turn again"]);
});

it("does not keep its turn while it waits for a socket", async () => {
  const stop = await bridge.subscribe(inboxId, () => undefined);
  const id = await hospital.accept("north-1");
  const { promise: hadTurn, resolve: isOver } = Promise.withResolvers<string>();
  const over = persist(id, (work) => work((wait) => wait()).finally(() => isOver("waiting")));
  const state = await Promise.race([over.then(() => "over"), hadTurn]);
  expect(state).toBe("waiting");
  await over;
  await stop();
});
