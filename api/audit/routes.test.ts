import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { must } from "../../config/must.ts";
import { record } from "../../store/audit/record.ts";
import { type AuditBed, createAuditBed } from "../../testing/audit-bed.ts";
import { as } from "../../testing/calls.ts";
import { aPerson, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";
import { actAs } from "../../store/db/knex.ts";
import type { AuditPage } from "./schema.ts";

let bed: AuditBed;
let server: TestServer;
let people: Record<"reader" | "boss", TestPerson>;

beforeAll(async () => {
  bed = await createAuditBed();
  server = await startServer(bed);
  people = {
    reader: await aPerson(bed, { id: "reader", role: "auditor" }),
    boss: await aPerson(bed, { id: "boss", role: "admin" }),
  };
});
afterAll(async () => {
  await server.stop();
  await bed.close();
});

const get = (
  query: string,
  { by = "reader", accept = "application/json" }: { by?: keyof typeof people | null; accept?: string } = {},
) => server.get(`/api/audit${query}`, by === null ? undefined : as(people[by]), { Accept: accept });
async function page(query: string): Promise<AuditPage> {
  const response = await get(query);
  expect(response.status).toBe(200);
  const body: AuditPage = JSON.parse(response.text);
  return body;
}
const newest = async () => {
  const { rows } = await bed.owner.query(
    "SELECT actor, action, outcome, payload FROM audit_events ORDER BY id DESC LIMIT 1",
  );
  return rows[0];
};

describe("GET /api/audit", () => {
  it("reads for each person one thing after the other, and holds no more connections", async () => {
    // So large a node that a caller's line alone would let all of them through.
    const large = await startServer(bed, { DATABASE_CONNECTIONS: "90" });
    onTestFinished(() => large.stop());
    const search = () => large.get("/api/audit?action=none", as(people.reader));
    const answers = await Promise.all(Array.from({ length: 10 }, search));
    const statuses = answers.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(5);
  });

  it("finds a person by id: what they did, what was done to them, and their sign-ins", async () => {
    const events = [
      { action: "session.open", objectId: crypto.randomUUID(), payload: { user_id: "found" } },
      { action: "session.open", objectId: crypto.randomUUID(), payload: { user_id: "other" } },
      { action: "user.update", objectId: "found", payload: {} },
    ] as const;
    await actAs(bed.knex, "sign-in", (trx) =>
      record(trx, "sign-in", ...events.map((event) => ({ ...event, outcome: "ok" as const }))),
    );
    await actAs(bed.knex, "user:found", (trx) =>
      record(trx, "user:found", { action: "session.close", outcome: "ok", payload: { user_id: "other" } }),
    );
    const { events: found } = await page("?person=found");
    expect(found.map(({ actor, action }) => [actor, action])).toEqual([
      ["user:found", "session.close"],
      ["sign-in", "user.update"],
      ["sign-in", "session.open"],
    ]);
    expect((await newest()).payload).toMatchObject({ filters: ["person=found"] });
  });

  it("is for auditors alone, and each refusal is on record", async () => {
    expect((await get("", { by: null })).status).toBe(401);
    for (const query of ["", "?limit=no", "?actor=x"]) {
      await bed.act(1);
      expect((await get(query, { by: "boss" })).status).toBe(403);
      expect(await newest()).toEqual({
        actor: "user:boss",
        action: "audit.read",
        outcome: "denied",
        payload: {},
      });
    }
    await bed.act(1);
    expect((await get("", { by: "boss", accept: "text/csv" })).status).toBe(403);
    expect(await newest()).toMatchObject({ actor: "user:boss", outcome: "denied" });
  });

  it("puts each reading on record, with what was asked for and found", async () => {
    await bed.act(1, "object-1");
    expect((await page("?object=object-1")).events).toHaveLength(1);
    expect(await newest()).toEqual({
      actor: "user:reader",
      action: "audit.read",
      outcome: "ok",
      payload: { events: 1, filters: ["object=object-1"] },
    });
    expect((await page("?object=Zebulon+Quillfeather")).events).toHaveLength(0);
    expect(await newest()).toMatchObject({ payload: { events: 0, filters: ["object"] } });
  });

  it("pages through the whole record once, newest first, while it grows", async () => {
    const ids = await bed.act(25, "paged");
    const seen: number[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const { events, next }: AuditPage = await page(
        `?object=paged&limit=10${cursor === "" ? "" : `&cursor=${cursor}`}`,
      );
      seen.push(...events.map(({ event_id }) => event_id));
      cursor = next;
    }
    expect(seen).toEqual(ids.toReversed());
  });

  it("filters by actor, action, territory, outcome and time", async () => {
    const [event] = (await page("?limit=1")).events;
    await actAs(bed.knex, "service:lab", (trx) =>
      record(trx, "service:lab", {
        action: "test.filter",
        outcome: "failed",
        territoryId: "north",
        objectId: "one",
      }),
    );
    for (const query of ["?actor=service:lab", "?action=test.filter", "?territory=north", "?outcome=failed"])
      expect((await page(query)).events).toMatchObject([
        {
          actor: "service:lab",
          action: "test.filter",
          territory_id: "north",
          object_id: "one",
          outcome: "failed",
        },
      ]);
    expect((await page("?actor=service:la%25")).events).toHaveLength(0);
    const { at } = must(event, "event");
    const moment = encodeURIComponent(at);
    const after = await page(`?from=${moment}&limit=100`);
    const before = await page(`?to=${moment}&limit=100`);
    expect(after.events.length).toBeGreaterThan(0);
    expect(after.events.every((one) => one.at >= at)).toBe(true);
    expect(before.events.length).toBeGreaterThan(0);
    expect(before.events.every((one) => one.at < at)).toBe(true);
  });

  it.each([
    "limit=0",
    "limit=101",
    "cursor=x",
    "cursor=LTE",
    "outcome=maybe",
    "from=yesterday",
    "actor=a&actor=b",
    "actor=%00",
    "actor=",
  ])("answers 422 to %s", async (query) => {
    expect((await get(`?${query}`)).status).toBe(422);
  });

  it("goes on behind an event that is larger than a page may be, from before there was a bound", async () => {
    await bed.act(1, "large");
    await bed.tamper(
      "INSERT INTO audit_events (id, actor, action, outcome, object_id, payload, leaf) VALUES ((SELECT max(id) + 1 FROM audit_events), 'relay', 'test.large', 'ok', 'large', jsonb_build_object('ids', repeat('x', 5000000)), '')",
    );
    const { events, next } = await page("?object=large&limit=10");
    expect(events.map(({ action }) => action)).toEqual(["test.large"]);
    const rest = await page(`?object=large&limit=10&cursor=${next}`);
    expect(rest).toMatchObject({ events: [{ action: "test.act" }], next: null });
    await bed.tamper("DELETE FROM audit_events WHERE object_id = 'large'");
  });

  it("says how far the record is sealed", async () => {
    await bed.act(2, "sealed");
    const [checkpoint] = (await bed.sealAll()).slice(-1);
    await bed.act(1, "sealed");
    const { events, seal } = await page("?object=sealed");
    expect(events.map(({ sealed }) => sealed)).toEqual([false, true, true]);
    expect(seal).toMatchObject({
      checkpoint: checkpoint?.id,
      hash: checkpoint?.hash.toString("hex"),
      genuine: true,
      sealed_at: checkpoint?.createdAt.toISOString(),
      lag_seconds: expect.any(Number),
    });
    await bed.tamper("UPDATE audit_checkpoints SET count = count + 1");
    expect((await page("")).seal.genuine).toBe(false);
    await bed.tamper("UPDATE audit_checkpoints SET count = count - 1");
  });

  it("exports CSV whose cells run no formula, on record, with a link to the rest", async () => {
    await actAs(bed.knex, "relay", (trx) =>
      record(
        trx,
        "relay",
        ...['=HYPERLINK("http://x")', "+1", "plain"].map(
          (objectId) => ({ action: "test.export", outcome: "ok", objectId }) as const,
        ),
      ),
    );
    const response = await get("?action=test.export", { accept: "text/csv" });
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="audit.csv"');
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("link")).toBeNull();
    const [head, ...lines] = response.text.trimEnd().split("\r\n");
    expect(head).toBe("event_id,at,actor,action,outcome,territory_id,object_id,payload,sealed");
    expect(lines.map((line) => line.replace(/^\d+,[^,]+,/, ""))).toEqual([
      "relay,test.export,ok,,plain,{},false",
      "relay,test.export,ok,,'+1,{},false",
      `relay,test.export,ok,,"'=HYPERLINK(""http://x"")",{},false`,
    ]);
    expect(await newest()).toMatchObject({
      action: "audit.export",
      payload: { events: 3, filters: ["action=test.export"] },
    });

    const first = await get("?action=test.export&limit=2", { accept: "text/csv" });
    const link = /^<(\?[^>]+)>; rel="next"$/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
    const rest = (await get(link, { accept: "text/csv" })).text;
    expect(rest.trimEnd().split("\r\n")).toEqual([head, lines[2]]);
  });
});

it("gives an auditor another export once the answer to the one before is out, though nobody read it", async () => {
  const headers = await server.headersOf(as(people.reader));
  const ask = (method: string) => fetch(`${server.url}/api/audit/export/ndjson`, { method, headers });
  expect((await ask("HEAD")).status).toBe(200);
  const answer = await until("another export", async () => {
    const next = await ask("GET");
    if (next.status === 200) return next;
    await next.text();
    return undefined;
  });
  expect(await answer.text()).toContain('"action":"audit.export"');
});
