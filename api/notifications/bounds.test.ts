import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aSend } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { MOST_FAULTS } from "../http/errors.ts";
import { BulkSent } from "./schema.ts";

const KIB = 1_024;
const TO = { user_id: "north-1", territory_id: "north" };

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

const send = (change: object, to = server) =>
  to.post("/api/notifications/send", { ...aSend(TO), ...change }, as(hospital.services.north));

/** The status that each item of a bulk is answered: 202 for one that is taken in. */
async function sendAll(...changes: object[]): Promise<number[]> {
  const notifications = changes.map((change) => ({ ...aSend(TO), ...change }));
  const service = as(hospital.services.north);
  const answer = await server.post("/api/notifications/send-bulk", { notifications }, service);
  return answer.read(BulkSent).results.map((item) => ("problem" in item ? item.problem.status : 202));
}

const message = (length: number, of = "x") => ({ message: of.repeat(length) });
const known = (count: number, length: number) => ({
  known: Array.from({ length: count }, () => ({ kind: "name", value: "x".repeat(length) })),
});
const metadata = (count: number) => ({
  metadata: Object.fromEntries(Array.from({ length: count }, (_, i) => [i, "x".repeat(5_000)])),
});

describe("an item of a bulk is bounded like a send by itself", () => {
  it.each<[string, number, object]>([
    ["a message of 16 KiB", 202, message(16 * KIB)],
    ["a message of 16 KiB and a byte", 422, message(16 * KIB + 1)],
    ["a message of 16 KiB in characters, more in bytes", 422, message(16 * KIB, "é")],
    ["a message of 7 MiB", 413, message(7 * KIB * KIB)],
    ["a message of 30 KiB in characters, 90 in bytes", 413, message(30 * KIB, "水")],
    ["metadata of 7 MB", 413, metadata(1_400)],
    ["a hundred identifiers of 163 characters", 202, known(100, 163)],
    ["a hundred identifiers of 164 characters", 422, known(100, 164)],
    ["a hundred and one identifiers", 422, known(101, 1)],
  ])("%s: %i", async (_name, status, change) => {
    expect((await send(change)).status).toBe(status);
    expect(await sendAll({}, change, {})).toEqual([202, status, 202]);
  });
});

test("how long a message may be is a setting, for broadcasts and trials too", async () => {
  const strict = await startServer(hospital, { MESSAGE_MAX_BYTES: "2048" });
  const broadcast = (change: object) =>
    strict.post(
      "/api/notifications/broadcast",
      { territory_id: "north", ...change },
      as(hospital.services.north),
    );
  const attempt = (text: string) => strict.post("/api/redactions", { text }, as(hospital.people.northBoss));
  expect((await send(message(2_048), strict)).status).toBe(202);
  expect((await send(message(2_049), strict)).status).toBe(422);
  expect((await broadcast(message(2_048))).status).toBe(202);
  expect((await broadcast(message(2_049))).status).toBe(422);
  expect((await attempt("x".repeat(2_048))).status).toBe(200);
  expect((await attempt("x".repeat(2_049))).status).toBe(422);
  await strict.stop();
});

test("a bulk that is wrong all over is refused in no time, and its answer stays small", async () => {
  let key = 0;
  const wrong = () =>
    Object.fromEntries(Array.from({ length: 1_000 }, () => [`${key++}`.padEnd(40, "x"), 1]));
  const notifications = Array.from({ length: 120 }, wrong);
  const before = process.cpuUsage();
  const answer = await server.post(
    "/api/notifications/send-bulk",
    { notifications },
    as(hospital.services.north),
  );
  const { user, system } = process.cpuUsage(before);
  const { results } = answer.read(BulkSent);
  expect(results.every((item) => "problem" in item && item.problem.errors?.length === MOST_FAULTS)).toBe(
    true,
  );
  expect((user + system) / 1e6).toBeLessThan(4);
});

test("others get their turn between the items of a bulk, all of which are refused", async () => {
  const wrong = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`channel_${index}`, 1]));
  const body = JSON.stringify({ notifications: Array.from({ length: 1_000 }, () => wrong) });
  // By the work done, not by the clock: on a busy machine this process has to wait too.
  const worked = (): number => {
    const { user, system } = process.cpuUsage();
    return user + system;
  };
  const began = worked();
  let [last, longest] = [began, 0];
  const look = (): void => {
    longest = Math.max(longest, worked() - last);
    last = worked();
  };
  const timer = setInterval(look, 1);
  await server.post("/api/notifications/send-bulk", body, as(hospital.services.north));
  clearInterval(timer);
  look();
  expect(longest).toBeLessThan(0.4 * (worked() - began));
});

test("a few kilobytes of gzip that hold millions of values are refused before they are parsed", async () => {
  const headers = {
    ...(await server.headersOf(as(hospital.services.north))),
    "Content-Type": "application/json",
    "Content-Encoding": "gzip",
  };
  const post = (path: string, body: string) =>
    fetch(`${server.url}/api/notifications/${path}`, {
      method: "POST",
      headers,
      body: new Uint8Array(gzipSync(body)),
    });
  const list = (count: number, item: string): string => `[${`${item},`.repeat(count - 1)}${item}]`;
  const long = [
    await post("send-bulk", `{"notifications":${list(2_700_000, "{}")}}`),
    await post("send-bulk", `{"notifications":[{"metadata":${list(2_700_000, "{}")}}]}`),
    await post("send", list(2_000, "{}")),
  ];
  for (const answer of long) {
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain("a list may hold 1000 items at most");
  }
  // Lists that are short, but many.
  const many = [
    await post("send-bulk", `{"notifications":${list(1_000, list(1_000, "{}"))}}`),
    await post("send", list(1_000, "[{},{}]")),
  ];
  for (const answer of many) {
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ detail: expect.stringMatching(/values and keys/) });
  }
});
