import { readFile, writeFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { must } from "../../../config/must.ts";
import { parseAuditSink } from "../../../config/audit-sink.ts";
import { type AuditBed, createAuditBed } from "../../../testing/audit-bed.ts";
import { actAs, type Transaction } from "../../db/knex.ts";
import { record } from "../record.ts";
import { ship, sinkLag } from "./ship.ts";
import { openSink, type Sink } from "./sink.ts";
import { startBucket } from "./testing/bucket.ts";
import { startReceiver } from "./testing/syslog.ts";

const KEY = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "a secret of the account" };
const envOf = (url: string): Record<string, string> => ({
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: KEY.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey,
  AWS_ENDPOINT_URL_S3: url,
  TOCSIN_AUDIT_SINK_DAYS: "30",
});
const Line = z.looseObject({ kind: z.enum(["event", "checkpoint"]), id: z.number() });

let bed: AuditBed;
const running = new AbortController().signal;
beforeEach(async () => {
  bed = await createAuditBed();
});
afterEach(() => bed.close());

/** The sink of a variable's text. */
function sinkOf(text: string, env: Record<string, string> = {}): Sink {
  const faults: string[] = [];
  const config = parseAuditSink({ TOCSIN_AUDIT_SINK: text, ...env }, faults);
  if (config === null) throw new Error(faults.join());
  return openSink(config);
}
/** Ships until everything is there: an open transaction of another test may hold events back. */
async function shipAll(sink: Sink): Promise<void> {
  await expect
    .poll(async () => {
      await ship(bed.knex, sink, running);
      return (await sinkLag(bed.knex, sink.url)).seconds;
    })
    .toBe(0);
}
/** What the sink refuses with: events of a transaction that has just ended may not be sent at the first try. */
async function refusal(sink: Sink): Promise<string> {
  let why = "";
  await expect
    .poll(async () => {
      why = await ship(bed.knex, sink, running).then(
        () => "",
        (error: unknown) =>
          error instanceof Error ? `${String(Reflect.get(error, "code"))} ${error.message}` : "",
      );
      return why;
    })
    .not.toBe("");
  return why;
}
const idsOf = (lines: string[], kind = "event"): number[] =>
  lines.map((line) => Line.parse(JSON.parse(line))).flatMap((line) => (line.kind === kind ? [line.id] : []));

describe("to a file", () => {
  const lines = async (path: string): Promise<string[]> =>
    (await readFile(path, "utf8")).trimEnd().split("\n");

  it("goes each event once, then each checkpoint, and later what came since", async () => {
    const path = join(bed.home, "elsewhere.jsonl");
    const sink = sinkOf(pathToFileURL(path).href);
    const first = await bed.act(5);
    await bed.sealAll();
    await shipAll(sink);
    await ship(bed.knex, sink, running);
    expect(idsOf(await lines(path)).slice(-5)).toEqual(first);
    expect(idsOf(await lines(path), "checkpoint")).toContain(1);
    const before = idsOf(await lines(path));
    const second = await bed.act(3);
    await shipAll(sink);
    const ids = idsOf(await lines(path));
    expect(ids).toEqual([...before, ...second]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("goes on after an outage where it stopped, and says meanwhile how far it is behind", async () => {
    const path = join(bed.home, "away");
    const sink = sinkOf(pathToFileURL(path).href);
    await mkdir(path);
    const ids = await bed.act(3);
    expect(await refusal(sink)).toMatch("EISDIR");
    await expect.poll(async () => (await sinkLag(bed.knex, sink.url)).seconds).toBeGreaterThan(0);
    await rm(path, { recursive: true });
    await shipAll(sink);
    expect(idsOf(await lines(path)).slice(-3)).toEqual(ids);
  });

  it("goes on, and says how far it is behind, beside an event of an epoch that has not begun", async () => {
    const path = join(bed.home, "epochs.jsonl");
    const sink = sinkOf(pathToFileURL(path).href);
    await bed.act(1);
    await bed.tamper(
      "INSERT INTO audit_events (id, epoch, actor, action, outcome, leaf) VALUES (1000, 99, 'relay', 'test.later', 'ok', '')",
    );
    await shipAll(sink);
    const ids = await bed.act(2).then(() => bed.owner.query("SELECT id FROM audit_events WHERE epoch = 1"));
    await expect.poll(async () => (await sinkLag(bed.knex, sink.url)).seconds).toBeGreaterThan(0);
    await shipAll(sink);
    expect(idsOf(await lines(path))).toEqual(ids.rows.map(({ id }) => id));
  });

  it("goes once though several nodes send at once, thousands too", async () => {
    const path = join(bed.home, "many.jsonl");
    const sink = sinkOf(pathToFileURL(path).href);
    await writeFile(path, "");
    await bed.act(1_200);
    await expect
      .poll(async () => {
        await Promise.all([1, 2, 3].map(() => ship(bed.knex, sink, running)));
        return (await sinkLag(bed.knex, sink.url)).seconds;
      })
      .toBe(0);
    const ids = idsOf(await lines(path));
    expect(ids.length).toBeGreaterThanOrEqual(1_200);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("waits for transactions that are still open, so that none slips in behind", async () => {
    const path = join(bed.home, "open.jsonl");
    const sink = sinkOf(pathToFileURL(path).href);
    await writeFile(path, "");
    const { promise: closing, resolve: close } = Promise.withResolvers<void>();
    const { promise: recorded, resolve: tell } = Promise.withResolvers<void>();
    const open = actAs(bed.knex, "setup", async (trx) => {
      await record(trx, "setup", { action: "test.open", outcome: "ok" });
      tell();
      await closing;
    });
    await recorded;
    const [after] = await bed.act(1);
    await ship(bed.knex, sink, running);
    expect(await readFile(path, "utf8")).not.toContain(`"id":${after},`);
    close();
    await open;
    await shipAll(sink);
    const text = await readFile(path, "utf8");
    expect(text.indexOf("test.open")).toBeGreaterThan(-1);
    expect(text.indexOf("test.open")).toBeLessThan(text.indexOf(`"id":${after},`));
  });

  it("has no place ahead of the record, nor goes back, whoever says so with the program's login", async () => {
    const path = join(bed.home, "ahead.jsonl");
    const sink = sinkOf(pathToFileURL(path).href);
    const ahead = { epoch: 1, xid: "9", event_id: 9, checkpoint: 9 };
    const as = <T>(work: (trx: Transaction) => Promise<T>): Promise<T> => actAs(bed.knex, "sealer", work);
    await as((trx) => trx("audit_sinks").insert({ url: sink.url, ...ahead }));
    const first = await bed.act(3);
    await bed.sealAll();
    await shipAll(sink);
    expect(idsOf(await lines(path)).slice(-3)).toEqual(first);
    const last = must(first.at(-1), "event");
    for (const place of [
      { event_id: last + 1 },
      { epoch: 0, xid: "0", event_id: 0 },
      { epoch: 2 },
      { xid: "99999999999" },
      { checkpoint: 2 },
      { checkpoint: 0 },
      { url: "file:///another" },
    ])
      await expect(
        as((trx) => trx("audit_sinks").where({ url: sink.url }).update(place)),
        JSON.stringify(place),
      ).rejects.toMatchObject({ code: "42501" });
    const [next] = await bed.act(1);
    await shipAll(sink);
    expect(idsOf(await lines(path)).at(-1)).toBe(next);
  });

  it("says of each event which was sent before it, and keeps batches small and numbers whole", async () => {
    await using bucket = await startBucket(KEY, "eu-central-1");
    const sink = sinkOf("s3://records", envOf(bucket.url));
    const huge = `{"ids": "${"x".repeat(250_000)}", "n": 12345678901234567890.5}`;
    for (let n = 0; n < 40; n += 1)
      await actAs(bed.knex, "relay", (trx) =>
        trx("audit_events").insert({ actor: "relay", action: "test.huge", outcome: "ok", payload: huge }),
      );
    await shipAll(sink);
    const bodies = [...bucket.objects.values()].flat().map(({ body }) => body.trimEnd());
    for (const body of bodies) expect(body.length).toBeLessThan(4_600_000);
    const sent = bodies.flatMap((body) => body.split("\n"));
    expect(sent.filter((line) => line.includes('"payload":{"n": 12345678901234567890.5, '))).toHaveLength(40);
    const events = sent.map((line) =>
      z.object({ id: z.number(), after: z.object({ id: z.number() }) }).parse(JSON.parse(line)),
    );
    expect(events.map(({ after }) => after.id)).toEqual([0, ...events.map(({ id }) => id).slice(0, -1)]);
  });

  it("carries what a leaf binds, so that a copy can be compared with the record", async () => {
    const path = join(bed.home, "leaf.jsonl");
    const sink = sinkOf(pathToFileURL(path).href);
    const [id] = await bed.act(1, "a thing");
    await shipAll(sink);
    const line = (await lines(path)).map((text) => JSON.parse(text)).find((entry) => entry.id === id);
    const { rows } = await bed.owner.query(
      "SELECT *, encode(leaf, 'hex') AS hex FROM audit_events WHERE id = $1",
      [id],
    );
    const { actor, action, outcome, payload, hex } = rows[0];
    expect(line).toMatchObject({
      kind: "event",
      actor,
      action,
      outcome,
      object_id: "a thing",
      payload,
      leaf: hex,
    });
  });
});

describe("to a syslog receiver over TLS", () => {
  async function sinkTo(port: number, ca: string): Promise<Sink> {
    const file = join(bed.home, "ca.pem");
    await writeFile(file, ca);
    return sinkOf(`syslog+tls://localhost:${port}`, { TOCSIN_AUDIT_SINK_CA: file });
  }
  const MESSAGE = /^<109>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ tocsin \d+ audit\.(event|checkpoint) - (\{.*\})$/s;
  const jsonOf = (messages: string[]): string[] => messages.map((text) => MESSAGE.exec(text)?.[2] ?? "null");

  it("goes as messages of RFC 5424, each behind its length", async () => {
    await using receiver = await startReceiver();
    const sink = await sinkTo(receiver.port, receiver.ca);
    const ids = await bed.act(700);
    await bed.sealAll();
    await shipAll(sink);
    await ship(bed.knex, sink, running);
    expect(idsOf(jsonOf(receiver.messages)).slice(-700)).toEqual(ids);
    expect(idsOf(jsonOf(receiver.messages), "checkpoint")).not.toEqual([]);
  });

  it("is sent again when the receiver breaks off, so that none is lost", async () => {
    await using receiver = await startReceiver();
    const sink = await sinkTo(receiver.port, receiver.ca);
    const ids = await bed.act(50);
    receiver.breakAfter = 3_000;
    expect(await refusal(sink)).toMatch(/reset|closed/i);
    receiver.breakAfter = null;
    await shipAll(sink);
    const got = new Set(idsOf(jsonOf(receiver.messages)));
    expect(ids.filter((id) => !got.has(id))).toEqual([]);
  });

  it("goes to nobody whose certificate is not trusted, or is another host's", async () => {
    await using receiver = await startReceiver();
    await using other = await startReceiver();
    await bed.act(1);
    const stranger = await sinkTo(receiver.port, other.ca);
    expect(await refusal(stranger)).toMatch(/self-signed|certificate/);
    const untrusted = sinkOf(`syslog+tls://localhost:${receiver.port}`);
    expect(await refusal(untrusted)).toMatch(/self-signed|certificate/);
    expect(receiver.messages).toEqual([]);
  });
});

describe("to a bucket", () => {
  it("goes as objects that are locked, and goes on where it stopped once the bucket is back", async () => {
    await using bucket = await startBucket(KEY, "eu-central-1");
    const sink = sinkOf("s3://records/north/audit", envOf(bucket.url));
    const ids = await bed.act(4);
    bucket.away = true;
    expect(await refusal(sink)).toMatch("refused");
    bucket.away = false;
    await bed.sealAll();
    await shipAll(sink);
    await ship(bed.knex, sink, running);
    const paths = [...bucket.objects.keys()];
    expect(paths.every((path) => path.startsWith("/records/north/audit/"))).toBe(true);
    const versions = [...bucket.objects.values()].flat();
    expect(idsOf(versions.flatMap(({ body }) => body.trimEnd().split("\n"))).slice(-4)).toEqual(ids);
    for (const { until } of versions) expect((until.getTime() - Date.now()) / 86_400_000).toBeCloseTo(30, 1);
  });

  it("is signed by the account's key: another key's is refused", async () => {
    await using bucket = await startBucket({ ...KEY, secretAccessKey: "another" }, "eu-central-1");
    await bed.act(1);
    const sink = sinkOf("s3://records", envOf(bucket.url));
    expect(await refusal(sink)).toMatch("S3_403");
    expect(bucket.objects.size).toBe(0);
  });
});
