import { afterAll, beforeAll, expect, it } from "vitest";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aSend } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { BulkSent } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const good = (message: string) => ({ ...aSend({ user_id: "north-1", territory_id: "north" }), message });
const sendBulk = async (notifications: object[], key: string) => {
  const headers = { "Idempotency-Key": key };
  const answer = await server.post(
    "/api/notifications/send-bulk",
    { notifications },
    as(hospital.services.north),
    headers,
  );
  return answer
    .read(BulkSent)
    .results.map((result) => ("problem" in result ? result.problem.status : result.notification_id));
};
const count = async (): Promise<number> => (await hospital.asOwner("SELECT FROM sends")).length;

it("repeats the good items of a list that is sent again with the others mended, wherever they stand", async () => {
  const [one, two] = [good("one"), good("two")];
  const first = await sendBulk([one, { ...two, user_id: "nobody" }], "list");
  expect(first).toEqual([expect.any(String), 422]);
  const again = await sendBulk([good("new"), two, one], "list");
  expect(again[2]).toBe(first[0]);
  expect(new Set([...again, first[0]]).size).toBe(3);
  expect(await sendBulk([one, two, good("new")], "list")).toEqual([again[2], again[1], again[0]]);
});

it("keeps equal items of one list apart", async () => {
  const before = await count();
  const same = good("the same twice");
  const first = await sendBulk([same, same], "twins");
  expect(new Set(first).size).toBe(2);
  expect(await sendBulk([same, same], "twins")).toEqual(first);
  expect(await count()).toBe(before + 2);
});
