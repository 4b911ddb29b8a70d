import { afterAll, beforeAll, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint } from "../../testing/nouns.ts";
import { receive } from "./receive.ts";

let hospital: Hospital;
beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email", "sms"] });
  for (const channel of ["email", "sms"])
    await aContactPoint(hospital, { person: "north-1", channel, address: `${channel}@example.org` });
});
afterAll(() => hospital.close());

it("leaves what was asked for in parallel once a device has it, and ends that once somebody has seen it", async () => {
  const id = await hospital.notify("north-1", {
    channels: ["websocket", { channel: "email", parallel: true }, "sms", { channel: "pager", from: "high" }],
  });
  const [row] = await hospital.asOwner("SELECT seq::int FROM notifications WHERE id = $1", id);
  const here = { after: Number(row?.["seq"]) - 1, to: Number(row?.["seq"]) };
  const states = async () =>
    (
      await hospital.asOwner(
        "SELECT channel, status, reason, parallel FROM deliveries WHERE notification_id = $1 ORDER BY position",
        id,
      )
    ).map(({ channel, status, reason, parallel }) => [channel, status, reason, parallel].join(" "));
  expect(await states()).toEqual([
    "websocket queued  false",
    "email queued  true",
    "sms queued  false",
    "pager skipped not_configured false",
  ]);
  await receive(hospital.knex, "north-1", here, { after: here.to, to: here.to });
  expect((await states()).slice(0, 3)).toEqual([
    "websocket delivered  false",
    "email queued  true",
    "sms skipped not_needed false",
  ]);
  await receive(hospital.knex, "north-1", here, here);
  expect((await states())[1]).toBe("email skipped not_needed true");
});
