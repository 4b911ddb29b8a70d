import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
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
const sendBulk = async (notifications: object[] | string, key: string) => {
  const headers = { "Idempotency-Key": key };
  const answer = await server.post(
    "/api/notifications/send-bulk",
    typeof notifications === "string" ? notifications : { notifications },
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

it("refuses an item that is too large by itself, decoded or not, and takes the others and their repeats", async () => {
  const large = { ...good("large"), metadata: { padding: "x".repeat(65_536) } };
  const grows = { ...good("grows"), metadata: "GROWS" };
  // Short as it comes, and long as anything writes it that has read it.
  const text = JSON.stringify({ notifications: [good("before"), large, grows, good("after")] });
  const list = text.replace('"GROWS"', `[${`[${"1e20,".repeat(900)}1],`.repeat(4)}1]`);
  const first = await sendBulk(list, "large");
  expect(first).toEqual([expect.any(String), 413, 413, expect.any(String)]);
  expect(await sendBulk(list, "large")).toEqual(first);
});

it("counts a bulk against its key's rate by its bytes, before anything decodes them", async () => {
  const { key } = hospital.services.south;
  const strict = await startServer(hospital, { RATE_SENDS_PER_SECOND: "1" });
  onTestFinished(() => strict.stop());
  const post = (body: Buffer | string, encoding?: string): Promise<Response> =>
    fetch(`${strict.url}/api/notifications/send-bulk`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${key}`,
        "Content-Type": "application/json",
        ...(encoding === undefined ? {} : { "Content-Encoding": encoding }),
      },
      body,
    });
  // 60 sends a minute may come in bulk: 61 times 64 KiB are as many as 61 of them. That it is no JSON would be found later.
  expect((await post(gzipSync("x".repeat(61 * 65_536)), "gzip")).status).toBe(429);
});

it("counts each of a bulk's sends against its key's rate", async () => {
  const { south } = hospital.services;
  const strict = await startServer(hospital, { RATE_SENDS_PER_SECOND: "3" });
  onTestFinished(() => strict.stop());
  const post = async (count: number): Promise<number> => {
    const send = aSend({ user_id: "south-1", territory_id: "south" });
    const notifications = Array.from({ length: count }, () => send);
    return (await strict.post("/api/notifications/send-bulk", { notifications }, as(south))).status;
  };
  // In a minute, 3 a second are 180 sends.
  expect(await post(179)).toBe(202);
  expect(await post(1)).toBe(202);
  expect(await post(1)).toBe(429);
});

it("decodes few bulks of one key at a time, and another key's beside them", async () => {
  const { north, south } = hospital.services;
  const node = await startServer(hospital);
  onTestFinished(() => node.stop());
  // Decoding it takes long; it is refused after that.
  const item = JSON.stringify(Array.from({ length: 900 }, () => ""));
  const body = gzipSync(`{"notifications": [${Array.from({ length: 280 }, () => item).join()}], "more": 1}`);
  const post = async ({ key }: { key: string }): Promise<number> => {
    const headers = { "Content-Type": "application/json", "Content-Encoding": "gzip" };
    const answer = await fetch(`${node.url}/api/notifications/send-bulk`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}`, ...headers },
      body,
    });
    return answer.status;
  };
  const many = Array.from({ length: 16 }, () => post(north));
  const other = post(south);
  const statuses = await Promise.all(many);
  expect(new Set(statuses)).toEqual(new Set([422, 429]));
  expect(statuses.filter((status) => status === 422).length).toBeGreaterThanOrEqual(4);
  expect(await other).toBe(422);
});

it("keeps equal items of one list apart", async () => {
  const before = await count();
  const same = good("the same twice");
  const first = await sendBulk([same, same], "twins");
  expect(new Set(first).size).toBe(2);
  expect(await sendBulk([same, same], "twins")).toEqual(first);
  expect(await count()).toBe(before + 2);
});

it("takes a list in with its items in order, each by itself: of many territories, lanes and faults", async () => {
  const items = [
    ...Array.from({ length: 60 }, (_, n) => good(`item ${n}`)),
    { ...good("critical"), priority: "critical" },
    { ...good("elsewhere"), territory_id: "south" },
    { ...good("to nobody"), user_id: "nobody" },
    { ...good("on call"), user_id: undefined, to: { role: "no-such-role" } },
    good("last"),
  ];
  const answers = await sendBulk(items, "in-order");
  expect(answers.slice(60)).toEqual([expect.any(String), 403, 422, 422, expect.any(String)]);
  const rows = await hospital.asOwner(
    "SELECT id, lane FROM sends WHERE id = ANY ($1::uuid[]) ORDER BY created_at, id",
    answers.filter((one) => typeof one === "string"),
  );
  const inBulk = rows.filter(({ lane }) => lane === "bulk").map(({ id }) => id);
  expect(inBulk).toEqual([...answers.slice(0, 60), answers[64]]);
  expect(rows.filter(({ lane }) => lane === "critical").map(({ id }) => id)).toEqual([answers[60]]);
  const [denied] = await hospital.asOwner(
    "SELECT array_agg(payload->'item' ORDER BY id) AS items FROM audit_events WHERE action = 'notification.send' AND outcome = 'denied' AND (payload->>'item')::int > 60",
  );
  expect(denied).toEqual({ items: [61, 62, 63] });
  expect(await sendBulk(items, "in-order")).toEqual(answers);
});

it("takes the others in where PostgreSQL can't take one", async () => {
  const owner = await hospital.owner("sends");
  await owner.query("ALTER TABLE sends ADD CONSTRAINT poison CHECK (category <> 'order_update') NOT VALID");
  onTestFinished(() => owner.query("ALTER TABLE sends DROP CONSTRAINT poison").then(() => undefined));
  const answers = await sendBulk(
    [good("before"), { ...good("poison"), category: "order_update" }, good("after")],
    "poison",
  );
  expect(answers).toEqual([expect.any(String), 500, expect.any(String)]);
});
