import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BroadcastSent, BulkSent, Original, Sent } from "./schema.ts";
import { KeyWithSecret } from "../keys/schema.ts";
import { Timeline } from "../deliveries/schema.ts";
import { ProblemDocument } from "../http/problem-schema.ts";
import { type Answer, as, type Method } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aSend } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";

const TO = { user_id: "north-1", territory_id: "north" };
const DAY = 86_400_000;

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

const send = (change: object, headers = {}) =>
  server.post("/api/notifications/send", { ...aSend(TO), ...change }, as(hospital.services.north), headers);
const later = (ms: number): string => new Date(Date.now() + ms).toISOString();
const faultsOf = (answer: Answer) =>
  answer.read(ProblemDocument).errors?.map(({ path, message }) => `${path} ${message}`);

describe("what a call does not know", () => {
  it("is refused in a send, with the field that was meant, alone and in bulk", async () => {
    const answer = await send({ priorty: "critical", known: [{ kind: "name", value: "x", valeu: "y" }] });
    expect(answer.status).toBe(422);
    expect(faultsOf(answer)).toEqual([
      "/known/0/valeu is not known here; did you mean `value`?",
      "/priorty is not known here; did you mean `priority`?",
    ]);
    const bulk = { notifications: [aSend(TO), { ...aSend(TO), Priority: "critical" }] };
    const answers = await server.post("/api/notifications/send-bulk", bulk, as(hospital.services.north));
    expect(answers.read(BulkSent).results).toMatchObject([
      { status: "sent" },
      { problem: { status: 422, errors: [{ path: "/Priority" }] } },
    ]);
  });

  it.each<[Method, string, object | undefined, keyof Hospital["people"], string]>([
    [
      "GET",
      "/api/notifications?unraed=true",
      undefined,
      "north1",
      "/unraed is not known here; did you mean `unread`?",
    ],
    [
      "GET",
      "/api/deliveries?teritory=north",
      undefined,
      "northBoss",
      "/teritory is not known here; did you mean `territory`?",
    ],
    ["GET", "/api/channels?limit=5", undefined, "north1", "/limit is not known here"],
    [
      "GET",
      "/api/audit?form=2026-01-01T00:00:00Z",
      undefined,
      "auditor",
      "/form is not known here; did you mean `from`?",
    ],
    ["DELETE", "/api/keys/x?force=1", undefined, "admin", "/force is not known here"],
    ["POST", "/api/realtime/tickets", { ttl: 60 }, "north1", "/ttl is not known here"],
    [
      "PUT",
      "/api/preferences",
      { quiet_hour: null },
      "north1",
      "/quiet_hour is not known here; did you mean `quiet_hours`?",
    ],
    [
      "POST",
      "/api/territories",
      { territory_id: "x", name: "X", setting: {} },
      "admin",
      "/setting is not known here; did you mean `settings`?",
    ],
    [
      "POST",
      "/api/redactions",
      { text: "x", territory: "north" },
      "northBoss",
      "/territory is not known here; did you mean `territory_id`?",
    ],
  ])("is refused in %s %s", async (method, path, body, who, fault) => {
    const answer = await server.call(method, path, body, as(hospital.people[who]));
    expect(answer.status).toBe(422);
    expect(faultsOf(answer)).toEqual([fault]);
  });

  it("is left to probes and providers", async () => {
    expect((await server.get("/healthz?now=1")).status).toBe(200);
    expect((await server.call("POST", "/api/channels/sms/status?now=1", "")).status).toBe(404);
  });
});

describe("a send that can't be meant so", () => {
  it.each([
    ["expires_at in the past", { expires_at: later(-1_000) }, "/expires_at lies in the past"],
    [
      "expires_at with send_at",
      { send_at: later(DAY), expires_at: later(DAY - 1) },
      "/expires_at must come after send_at",
    ],
    ["send_at in two years", { send_at: later(2 * 365 * DAY) }, "/send_at may be a year ahead at most"],
    ...["9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01", "0000-06-01T00:00:00Z"].flatMap((time) =>
      ["send_at", "expires_at"].map((name): [string, object, string] => [
        `${name} of ${time}`,
        { [name]: time },
        `/${name} must be in the years 1 to 9999 of UTC`,
      ]),
    ),
    ...[
      "2027-06-30T23:59:60Z",
      "2027-02-29T00:00:00Z",
      "2027-01-01",
      "2027-01-01T24:00:00Z",
      "2027-01-01T00:00:00",
    ].map((time): [string, object, string] => [
      `expires_at of ${time}`,
      { expires_at: time },
      "/expires_at must be a time with its zone, such as 2026-02-03T18:00:00Z",
    ]),
  ])("%s", async (_name, change, fault) => {
    const answer = await send(change);
    expect(answer.status).toBe(422);
    expect(faultsOf(answer)).toEqual([fault]);
    const broadcast = { territory_id: "north", message: "x", ...change };
    const service = as(hospital.services.north);
    expect((await server.post("/api/notifications/broadcast", broadcast, service)).status).toBe(422);
  });

  it("is taken in where it can be: a year ahead, and until just after", async () => {
    expect((await send({ send_at: later(365 * DAY), expires_at: later(365 * DAY + 1) })).status).toBe(202);
    expect((await send({ send_at: later(-DAY) })).status).toBe(202);
  });

  it("gets its first answer again after its time is over", async () => {
    const [key, expires_at] = [{ "Idempotency-Key": "k1" }, later(3_000)];
    const first = await send({ expires_at }, key);
    expect(first.status).toBe(202);
    await expect.poll(() => Date.now() > Date.parse(expires_at)).toBe(true);
    const again = await send({ expires_at }, key);
    expect(again.status).toBe(202);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect((await send({ expires_at }, { "Idempotency-Key": "k2" })).status).toBe(422);
  });

  it.each([
    ["spaces", " \n\t\u3000\u00a0"],
    ["zero-width spaces", "\u200b\u200c\u2060\ufeff"],
    ["Hangul fillers", "\u3164\u115f\u1160\uffa0"],
    ["Braille without dots", "\u2800"],
    ["marks on nothing", "\u0301\u034f\ufe0f"],
    ["tags and directions", "\u{e0041}\u202e\u2066"],
    ["marks of direction", "\u200e\u200f\u061c"],
    ["a note without a head", "\u{1d159}"],
    ["blanks among hieroglyphs", "\u{13441}\u{13442}"],
  ])("a text of %s", async (_name, text) => {
    expect(faultsOf(await send({ message: text }))).toEqual(["/message must hold a visible character"]);
    expect(faultsOf(await send({ title: text }))).toEqual(["/title must hold a visible character"]);
  });

  it.each(["ok", "é", "\u200bx", "👩🏽‍⚕️", "7", "…", "水", "अ", "\u2801"])(
    "a text of %s can be",
    async (message) => {
      expect((await send({ message })).status).toBe(202);
    },
  );
});

describe("metadata", () => {
  const metadata = { order: "4711", ward: "7 West" };

  it("is given back to the recipient with the original, and to the sender with the deliveries", async () => {
    const { north1, northBoss } = hospital.people;
    const { notification_id: id } = (await send({ metadata })).read(Sent);
    const timeline = async (who: Parameters<typeof as>[0]) =>
      (await server.get(`/api/notifications/${id}/deliveries`, as(who))).read(Timeline);
    expect((await timeline(hospital.services.north)).metadata).toEqual(metadata);
    await hospital.persist(id);
    expect((await timeline(hospital.services.north)).metadata).toEqual(metadata);
    expect((await timeline(north1)).metadata).toBeUndefined();
    expect((await timeline(northBoss)).metadata).toBeUndefined();
    const revealed = await server.post(`/api/notifications/${id}/reveal`, {}, as(north1));
    expect(revealed.read(Original).metadata).toEqual(metadata);
    const foreign = await server.get(`/api/notifications/${id}/deliveries`, as(hospital.services.south));
    expect(foreign.status).toBe(404);
  });

  it("is not given to another key of the sender's, which an admin may have made to read it", async () => {
    const { notification_id: id } = (await send({ metadata })).read(Sent);
    const key = { service_id: hospital.services.north.id, territory_ids: ["north"] };
    const other = await server.make(KeyWithSecret, "/api/keys", key, as(hospital.people.admin));
    const timeline = await server.get(`/api/notifications/${id}/deliveries`, as(other));
    expect(timeline.status).toBe(200);
    expect(timeline.read(Timeline).metadata).toBeUndefined();
  });

  it("is taken in for broadcasts too", async () => {
    const body = { territory_id: "north", message: "x", metadata };
    const answer = await server.post("/api/notifications/broadcast", body, as(hospital.services.north));
    const { broadcast_id: id } = answer.read(BroadcastSent);
    const timeline = await server.get(`/api/notifications/${id}/deliveries`, as(hospital.services.north));
    expect(timeline.read(Timeline).metadata).toEqual(metadata);
  });
});
