import { expect, it, onTestFinished } from "vitest";
import { createLocalBridge } from "../channels/websocket/local-bridge.ts";
import { createLog } from "../config/log.ts";
import { actAs } from "../store/db/knex.ts";
import { createHospital } from "../testing/hospital.ts";
import { noTemporal } from "../testing/starter.ts";
import { createPrecedence } from "./precedence.ts";
import { startRelay } from "./relay.ts";

it("ends what has expired, also beside one whose end fails each time", async () => {
  const hospital = await createHospital();
  onTestFinished(() => hospital.close());
  const ids: string[] = [];
  for (const person of ["north-1", "north-2", "south-1"]) {
    const id = await hospital.notify(person);
    ids.push(id);
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("notifications")
        .where({ id })
        .update({ expires_at: new Date(Date.now() - 3_600_000 + ids.length) }),
    );
  }
  const [stuck, ...others] = ids;
  const owner = await hospital.owner("notifications");
  await owner.query(
    `CREATE FUNCTION public.stuck() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stuck'; END $$;
     CREATE TRIGGER stuck BEFORE UPDATE ON notifications FOR EACH ROW
       WHEN (NEW.status = 'expired' AND NEW.id = '${String(stuck)}') EXECUTE FUNCTION public.stuck()`,
  );
  const relay = startRelay({
    knex: hospital.knex,
    starter: noTemporal,
    starts: createPrecedence().starts,
    bridge: createLocalBridge(),
    metrics: { relayed: () => undefined, loopFailed: () => undefined },
    log: createLog("silent"),
  });
  onTestFinished(() => relay.stop());
  const statusOf = async (list: string[]): Promise<unknown[]> =>
    (await owner.query("SELECT status FROM notifications WHERE id = ANY ($1)", [list])).rows.map(
      ({ status }: { status: string }) => status,
    );
  await expect.poll(() => statusOf(others)).toEqual(["expired", "expired"]);
  expect(await statusOf([String(stuck)])).toEqual(["sent"]);
});
