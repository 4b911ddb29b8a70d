import { afterAll, beforeAll, expect, it } from "vitest";
import { createLocalBridge } from "../../channels/websocket/local-bridge.ts";
import { createLog } from "../../config/log.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { actAs } from "../../store/db/knex.ts";
import { openSession } from "../../store/people/sessions.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { noTemporal } from "../../testing/starter.ts";
import { createInboxService } from "../notifications/inbox.ts";
import { createInboxStore } from "./store.ts";

const noLimit = (): Promise<void> => Promise.resolve();

let hospital: Hospital;
beforeAll(async () => {
  hospital = await createHospital();
});
afterAll(() => hospital.close());

it("does nothing on a socket whose session has ended, also before the socket hears of it", async () => {
  const { knex, config } = hospital;
  const inbox = createInboxService({
    knex,
    vault: createVault(config.masterKeys),
    bridge: createLocalBridge(),
    starter: noTemporal,
    limits: {
      reveals: { take: noLimit, check: noLimit, count: noLimit, giveBack: noLimit, forget: noLimit },
    },
    ownSends: { tell: () => Promise.resolve(0) },
    metrics: { revealsAreMany: () => undefined },
    log: createLog("silent"),
  });
  const store = createInboxStore({ knex, inbox });
  const { sessionId } = await actAs(knex, "sign-in", (trx) => openSession(trx, "north-1"));
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
