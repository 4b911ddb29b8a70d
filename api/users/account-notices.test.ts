import { afterAll, beforeAll, expect, it } from "vitest";
import type { Deliverable, Outcome } from "../../channels/plugin.ts";
import type { Running } from "../../channels/registry.ts";
import { actAs } from "../../store/db/knex.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { noteChange, sendAccountNotices } from "./account-notices.ts";

let hospital: Hospital;

beforeAll(async () => {
  hospital = await createHospital();
});
afterAll(() => hospital.close());

it("a change has its person told though the mail server is away, or the node ends before it has told them, and once", async () => {
  const { id, email: to } = hospital.people.north1;
  const person = { id, email: to };
  const sent: string[] = [];
  const answers: Outcome[] = [{ kind: "retry", code: "busy" }, { kind: "accepted" }];
  const email = {
    channel: { name: "email", timeoutMs: 5_000 },
    address: (text: string) => text,
    instance: {
      deliver: (one: Deliverable) => {
        sent.push(String(one.recipient.address));
        return Promise.resolve(answers.shift() ?? { kind: "accepted" });
      },
    },
  } as unknown as Running;
  const round = () =>
    sendAccountNotices(
      { knex: hospital.knex, channels: { get: (name) => (name === "email" ? email : undefined) } },
      new AbortController().signal,
    );
  const owner = await hospital.owner("account_notices");
  const due = () => owner.query("UPDATE account_notices SET next_try_at = now()");
  await expect(
    actAs(hospital.knex, "user:admin", async (trx) => {
      await noteChange(trx, person, "password");
      throw new Error("the change failed");
    }),
  ).rejects.toThrow("the change failed");
  await actAs(hospital.knex, "user:admin", (trx) => noteChange(trx, person, "password"));
  await round();
  await round();
  expect(sent).toEqual([to]);
  await due();
  await Promise.all([round(), round()]);
  expect(sent).toHaveLength(2);
  await due();
  await round();
  expect(sent).toHaveLength(2);
  expect(
    await hospital.asOwner("SELECT outcome, payload FROM audit_events WHERE action = 'notice.send'"),
  ).toEqual([{ outcome: "ok", payload: { notice: "password", reason: null } }]);
});

it("a change is told by nobody where the channel is off, and forgotten after a day", async () => {
  const { id, email } = hospital.people.north1;
  const round = () =>
    sendAccountNotices(
      { knex: hospital.knex, channels: { get: () => undefined } },
      new AbortController().signal,
    );
  await actAs(hospital.knex, "user:admin", (trx) => noteChange(trx, { id, email }, "factor"));
  const left = () => hospital.asOwner("SELECT change FROM account_notices");
  await round();
  expect(await left()).toEqual([{ change: "factor" }]);
  const owner = await hospital.owner("account_notices");
  await owner.query("UPDATE account_notices SET made_at = now() - interval '25 hours'");
  await round();
  expect(await left()).toEqual([]);
});
