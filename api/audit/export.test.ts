import { once } from "node:events";
import { get as httpGet, type IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import v8 from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { must } from "../../config/must.ts";
import { actAs } from "../../store/db/knex.ts";
import { type AuditBed, createAuditBed } from "../../testing/audit-bed.ts";
import { as } from "../../testing/calls.ts";
import { aPerson, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";

/** So many events that holding them all would be seen; each has a payload of 400 bytes and more. */
const MANY = 200_000;
const MB = 1_048_576;

let bed: AuditBed;
let server: TestServer;
let reader: TestPerson;
/** Pages of the record that were read. */
let pages = 0;

beforeAll(async () => {
  bed = await createAuditBed();
  server = await startServer(bed);
  reader = await aPerson(bed, { id: "reader", role: "auditor" });
  await bed.owner.query("SELECT set_config('app.actor', 'relay', false)");
  await bed.owner.query(
    `INSERT INTO audit_events (actor, action, outcome, object_id, payload)
     SELECT 'relay', 'test.many', 'ok', 'many', jsonb_build_object('n', n, 'ids', repeat('x', 400)) FROM generate_series(1, $1) AS n`,
    [MANY],
  );
  await bed.owner.query("ANALYZE audit_events");
  bed.knex.on("query", ({ sql }: { sql: string }) => {
    if (sql.includes("octet_length(payload::text)")) pages += 1;
  });
});
afterAll(async () => {
  await server.stop();
  await bed.close();
});

/** Opens an export once the one before it is quite over, which is a moment after its end is on record. */
const open = (path: string): Promise<IncomingMessage> =>
  until("an export begins", async () => {
    const call = httpGet(`${server.url}${path}`, { headers: await server.headersOf(as(reader)) });
    const [response] = await once(call, "response");
    const answer = z.custom<IncomingMessage>().parse(response);
    if (answer.statusCode === 200) return answer;
    expect(answer.statusCode).toBe(429);
    answer.resume();
    return undefined;
  });

/** The number of a line's event. */
const idOf = (line: string): number => Number(/^\{"event_id":(\d+),.*\}$/.exec(line)?.[1]);
const records = async (action: string) =>
  (await bed.owner.query("SELECT outcome, payload FROM audit_events WHERE action = $1 ORDER BY id", [action]))
    .rows;

it("streams all of 200,000 events within bounded memory, the newest first, on record", async () => {
  v8.setFlagsFromString("--expose-gc");
  const gc: () => void = runInNewContext("gc");
  const held = (): number => {
    gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = held();
  const response = await open("/api/audit/export/ndjson?action=test.many");
  expect(response.headers["content-type"]).toBe("application/x-ndjson; charset=utf-8");
  expect(response.headers["content-disposition"]).toBe('attachment; filename="audit.ndjson"');
  let count = 0;
  let bytes = 0;
  let most = 0;
  let last = Number.MAX_SAFE_INTEGER;
  for await (const line of createInterface({ input: response })) {
    bytes += line.length;
    const id = idOf(line);
    if (!(id < last)) throw new Error(`${id} comes after ${last}`);
    last = id;
    count += 1;
    if (count % 20_000 === 0) most = Math.max(most, held() - before);
  }
  expect(count).toBe(MANY);
  expect(bytes).toBeGreaterThan(100 * MB);
  expect(most).toBeLessThan(30 * MB);
  const [begin] = await records("audit.export");
  expect(begin).toMatchObject({ outcome: "ok", payload: { format: "ndjson", filters: ["action"] } });
  const [end] = await until("its end is on record", async () => {
    const found = await records("audit.exported");
    return found.length > 0 ? found : undefined;
  });
  expect(end).toMatchObject({
    outcome: "ok",
    payload: { events: MANY, complete: true, filters: ["action=test.many"] },
  });
});

it("reads no further than its reader takes, and goes on behind where it broke off", async () => {
  const from = pages;
  const response = await open("/api/audit/export/csv?action=test.many");
  let first = "";
  while (first.split("\r\n").length < 3) first += String((await once(response, "data"))[0]);
  response.pause();
  // What has been read fills the buffers on the way, and then nothing more is.
  let quiet = 0;
  let known = pages;
  await until("nothing more is read", () => {
    quiet = pages === known ? quiet + 1 : 0;
    known = pages;
    return quiet > 20 ? true : undefined;
  });
  expect(pages - from).toBeLessThan(MANY / 1_000 / 4);
  // One at a time.
  expect((await server.get("/api/audit/export/csv", as(reader))).status).toBe(429);
  response.destroy();
  const broken = await until("that it broke off is on record", async () =>
    (await records("audit.exported")).find(({ outcome }) => outcome === "failed"),
  );
  expect(broken.payload).toMatchObject({ complete: false });
  expect(broken.payload.events).toBeLessThan(MANY);

  const lines = first.split("\r\n").slice(1, -1);
  const cursor = must(lines.at(-1), "line").split(",")[0];
  const rest = await open(`/api/audit/export/ndjson?action=test.many&cursor=${cursor}`);
  const [line] = await once(createInterface({ input: rest }), "line");
  expect(idOf(String(line))).toBe(Number(cursor) - 1);
  rest.destroy();
  await until("it is over", async () => ((await records("audit.exported")).length > 2 ? true : undefined));
});

it("breaks the connection off once its reader is no auditor any more: that is no end", async () => {
  const response = await open("/api/audit/export/ndjson?action=test.many");
  await once(response, "data");
  response.pause();
  // Listened for first: Node keeps an error to itself that comes before anybody listens.
  const broken = once(response, "error");
  await actAs(bed.knex, "setup", (trx) => trx("memberships").where({ user_id: "reader" }).delete());
  response.resume();
  expect(await broken).toMatchObject([{ code: "ECONNRESET" }]);
  expect((await server.get("/api/audit/export/ndjson", as(reader))).status).toBe(403);
});
