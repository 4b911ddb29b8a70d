import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import type { TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { RedactionUnfinished } from "../../redaction/threads/unfinished.ts";
import { createRedactor } from "../../redaction/threads/redactor.ts";
import { until } from "../../testing/until.ts";
import { TrialResult } from "./schema.ts";

describe("POST /api/redactions", () => {
  let hospital: Hospital;
  let server: TestServer;
  let supervisor: TestPerson;

  beforeAll(async () => {
    hospital = await createHospital();
    server = await startServer(hospital);
    supervisor = hospital.people.northBoss;
  });
  afterAll(async () => {
    await server.stop();
    await hospital.close();
  });

  const attempt = (person: TestPerson, body: object) => server.post("/api/redactions", body, as(person));

  it("shows a supervisor what would be taken out, and where it stood", async () => {
    const text = "Call Zebulon Quillfeather, MRN 0099887766, K+ 6.8 mmol/L";
    const response = await attempt(supervisor, { text });
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const result = response.read(TrialResult);
    expect(result.text).toContain("K+ 6.8 mmol/L");
    expect(result.spans.map(({ start, end }) => text.slice(start, end)).join()).toMatch(
      /Quillfeather.*0099887766/,
    );
    expect(result.text).not.toMatch(/Quillfeather|0099887766/);
  });

  it("says which signals spoke for a name", async () => {
    const text = "Seen today: Mrs. Quillfeather, K+ 6.8";
    const { why } = (await attempt(supervisor, { text })).read(TrialResult);
    expect(why.map(({ start, end, label }) => [text.slice(start, end), label])).toEqual([
      ["Quillfeather", "name"],
    ]);
    expect(why[0]?.reasons[0]?.weight).toBeGreaterThan(0);
    expect(why[0]?.reasons.map(({ signal }) => signal).join()).toMatch(/word|capitals|lists/);
  });

  it("goes by the territory's settings", async () => {
    const setRedaction = (pattern: string) =>
      server.patch(
        "/api/territories/north",
        { settings: { redaction: { patterns: [{ kind: "other_id", source: pattern }] } } },
        as(hospital.people.admin),
      );
    expect((await setRedaction("ZX-[0-9]{4}")).status).toBe(200);
    const north = (await attempt(supervisor, { text: "Case ZX-1234 is due" })).read(TrialResult);
    expect(north.text).not.toContain("ZX-1234");
    expect((await setRedaction("(a+)+b")).status).toBe(422);
  });

  it("tries for an admin what a territory would have, by the rules by which it is set, and keeps nothing", async () => {
    const { admin, northBoss } = hospital.people;
    const plain = "The purple wing asks for a lift";
    const draft = (source: string, text = plain) =>
      server.post(
        "/api/redactions/drafts",
        { text, redaction: { patterns: [{ kind: "facility", source }] } },
        as(admin),
      );
    const tried = (await draft("purple [a-z]{4}")).read(TrialResult);
    const span = { start: 4, end: 15, kind: "facility" };
    expect(tried).toMatchObject({ text: "The [FACILITY] asks for a lift", spans: [span] });
    expect((await attempt(northBoss, { text: plain })).read(TrialResult).text).toBe(plain);

    for (const [source, place] of [
      ["(a+)+b", "/redaction/patterns/0/source"],
      ["[0-9]{1,9}", "/redaction"],
    ] as const)
      expect(await draft(source), source).toMatchObject({ status: 422, body: { errors: [{ path: place }] } });
    expect((await draft("purple", "x".repeat(60_001))).status).toBe(422);
    expect((await draft("purple", "")).status).toBe(422);
    const body = { text: plain, redaction: {} };
    expect((await server.post("/api/redactions/drafts", body, as(northBoss))).status).toBe(403);
    expect(server.lines.join()).not.toContain("purple");
  });

  it("redacts one text of a person's at a time, so that no message waits behind many", async () => {
    const begun: (() => void)[] = [];
    const held = {
      redact: () => new Promise<never>((_, fail) => begun.push(() => fail(new RedactionUnfinished("time")))),
      stop: () => Promise.resolve(),
    };
    const slow = await startServer(hospital, {}, { redactor: held });
    onTestFinished(() => slow.stop());
    const { admin, northBoss, southBoss } = hospital.people;
    const text = "Seen today: Mrs. Quillfeather, K+ 6.8";
    const marking = { text, start: 16, end: 28, kind: "name", verdict: "missed", territory_id: "north" };
    const first = slow.post("/api/redactions", { text }, as(northBoss));
    await until("it is begun", () => begun.length === 1);
    expect((await slow.post("/api/redactions", { text }, as(northBoss))).status).toBe(429);
    expect((await slow.post("/api/redactions/examples", marking, as(northBoss))).status).toBe(429);
    const other = slow.post("/api/redactions", { text }, as(southBoss));
    await until("another's is begun", () => begun.length === 2);
    begun.forEach((end) => end());
    expect([(await first).status, (await other).status]).toEqual([503, 503]);
    const next = slow.post("/api/redactions/examples", marking, as(northBoss));
    await until("the next is begun", () => begun.length === 3);
    begun.forEach((end) => end());
    expect((await next).status).toBe(503);
    const draft = () => slow.post("/api/redactions/drafts", { text, redaction: {} }, as(admin));
    const drafted = draft();
    await until("the draft is begun", () => begun.length === 4);
    expect((await draft()).status).toBe(429);
    begun.forEach((end) => end());
    expect((await drafted).status).toBe(503);
  });

  it("is for supervisors of the territory alone", async () => {
    expect((await attempt(hospital.people.north1, { text: "x" })).status).toBe(403);
    expect((await attempt(supervisor, { text: "x", territory_id: "south" })).status).toBe(403);
    expect((await attempt(supervisor, { text: "" })).status).toBe(422);
  });

  it("says what would become of a message that can't be redacted now", async () => {
    const redactor = createRedactor({ threads: 1, limits: { ms: 1 } });
    const hasty = await startServer(hospital, {}, { redactor });
    const alone = await startServer(hospital, { PRESIDIO_URL: "http://127.0.0.1:9" });
    const body = { text: "ﷺ".repeat(5_000) };
    const answers = [
      await hasty.post("/api/redactions", body, as(supervisor)),
      await alone.post("/api/redactions", body, as(supervisor)),
    ];
    expect(answers.map(({ status }) => status)).toEqual([503, 503]);
    expect(answers.map(({ body }) => body)).toMatchObject([
      { detail: expect.stringMatching(/too much time.*withheld/) },
      { detail: expect.stringMatching(/presidio does not answer.*wait/) },
    ]);
    expect(hasty.lines.join() + alone.lines.join()).not.toContain("ﷺ");
    await Promise.all([hasty.stop(), alone.stop(), redactor.stop()]);
  });
});
