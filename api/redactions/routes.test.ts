import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import type { TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
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

  it("is for supervisors of the territory alone", async () => {
    expect((await attempt(hospital.people.north1, { text: "x" })).status).toBe(403);
    expect((await attempt(supervisor, { text: "x", territory_id: "south" })).status).toBe(403);
    expect((await attempt(supervisor, { text: "" })).status).toBe(422);
  });
});
