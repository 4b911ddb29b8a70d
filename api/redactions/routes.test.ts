import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoUser, Person } from "../../testing/client.ts";
import { createSite, type Site } from "../../testing/site.ts";
import type { Program } from "../../testing/program.ts";
import type { Demo } from "../../store/demo.ts";
import { TrialResult } from "./schema.ts";

describe("POST /api/redactions", () => {
  let site: Site;
  let node: Program;
  let demo: Demo;
  let supervisor: Person;

  beforeAll(async () => {
    site = await createSite();
    node = await site.start();
    demo = await site.demo();
    supervisor = await Person.signIn(node.url, demoUser(demo, "supervisor"));
  });
  afterAll(() => site.close());

  const attempt = (person: Person, body: object) =>
    person.fetch("/api/redactions", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });

  it("shows a supervisor what would be taken out, and where it stood", async () => {
    const text = "Call Zebulon Quillfeather, MRN 0099887766, K+ 6.8 mmol/L";
    const response = await attempt(supervisor, { text });
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const result = TrialResult.parse(await response.json());
    expect(result.text).toContain("K+ 6.8 mmol/L");
    expect(result.spans.map(({ start, end }) => text.slice(start, end)).join()).toMatch(
      /Quillfeather.*0099887766/,
    );
    expect(result.text).not.toMatch(/Quillfeather|0099887766/);
  });

  it("goes by the territory's settings", async () => {
    const admin = await Person.signIn(node.url, demoUser(demo, "admin"));
    const settings = { redaction: { patterns: [{ kind: "other_id", source: "ZX-[0-9]{4}" }] } };
    const changed = await admin.fetch("/api/territories/north-hospital", {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ settings }),
    });
    expect(changed.status).toBe(200);
    const north = TrialResult.parse(
      await (await attempt(supervisor, { text: "Case ZX-1234 is due" })).json(),
    );
    expect(north.text).not.toContain("ZX-1234");
    const unsafe = { redaction: { patterns: [{ kind: "other_id", source: "(a+)+b" }] } };
    const refused = await admin.fetch("/api/territories/north-hospital", {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ settings: unsafe }),
    });
    expect(refused.status).toBe(422);
  });

  it("is for supervisors of the territory alone", async () => {
    const clinician = await Person.signIn(node.url, demoUser(demo, "clinician"));
    expect((await attempt(clinician, { text: "x" })).status).toBe(403);
    expect((await attempt(supervisor, { text: "x", territory_id: "south-clinic" })).status).toBe(403);
    expect((await attempt(supervisor, { text: "" })).status).toBe(422);
  });
});
