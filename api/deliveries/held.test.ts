import { afterAll, beforeAll, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { act } from "../../store/transitions/act.ts";
import { claim, settle } from "../../store/transitions/claim.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aWish } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { Timeline } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  server = await startServer(hospital);
  await aContactPoint(hospital, { person: "north-1", channel: "email", address: "one@north.example" });
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const timelineOf = async (id: string) =>
  (await server.get(`/api/notifications/${id}/deliveries`, as(hospital.people.north1))).read(Timeline);

/** "HH:MM" in UTC, so many hours from now. */
const clock = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);

it("a delivery that quiet hours hold says until when; the timeline is in the order of what happened", async () => {
  const end = clock(2);
  await aWish(hospital, "north-1", { quiet_hours: { start: clock(-2), end }, time_zone: "UTC" });
  const id = await hospital.notify("north-1");
  const { deliveries } = await timelineOf(id);
  const [live, email] = deliveries;
  expect(live).toMatchObject({ channel: "websocket", held_until: null });
  expect(email).toMatchObject({ channel: "email", status: "queued", reason: "quiet_hours" });
  expect(email?.held_until).toMatch(new RegExp(`T${end}:00.000Z$`));

  const claimed = await claim(hospital.knex, id, must(live, "delivery").delivery_id, []);
  if ("status" in claimed) throw new Error("not claimed");
  await settle(hospital.knex, claimed, { status: "accepted", reason: null });
  await act(hospital.knex, "north-1", id, { kind: "read" });
  await act(hospital.knex, "north-1", id, { kind: "acknowledge" });
  const after = await timelineOf(id);
  expect(after.events.map(({ channel, status }) => `${channel ?? "all"} ${status}`)).toEqual([
    "all accepted",
    "all sent",
    "email held",
    "websocket claimed",
    "websocket accepted",
    "all read",
    "email skipped",
    "all acknowledged",
  ]);
  const times = after.events.map(({ at }) => at);
  expect(times).toEqual(times.toSorted());
  expect(after.deliveries.map(({ held_until }) => held_until)).toEqual([null, null]);
});
