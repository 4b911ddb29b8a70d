import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { exampleFor } from "../../store/crypto/vault.ts";
import { dropExamples } from "../../store/crypto/retention.ts";
import { actAs } from "../../store/db/knex.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import type { TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { ExampleList, GivenExample, TrialResult } from "./schema.ts";

const TEXT = "Mrs. Quillfeather, MRN 0099887766, was seen by\nzorbalinde at noon";
const MISSED = { start: TEXT.indexOf("zorbalinde"), end: TEXT.indexOf(" at noon") };

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

const mark = (person: TestPerson, body: object = {}) =>
  server.post(
    "/api/redactions/examples",
    { text: TEXT, ...MISSED, verdict: "missed", kind: "name", territory_id: "north", ...body },
    as(person),
  );
const at = (part: string, text = TEXT) => ({
  start: text.indexOf(part),
  end: text.indexOf(part) + part.length,
});
const list = (query = "") => server.get(`/api/redactions/examples${query}`, as(hospital.people.admin));
const rows = () => hospital.asOwner("SELECT * FROM redaction_examples ORDER BY created_at");

describe("an example of redaction", () => {
  it("is kept sealed, bound to its territory, and shown to admins with every value replaced", async () => {
    const given = await mark(hospital.people.northBoss);
    expect(given.status).toBe(201);
    const { example_id } = given.read(GivenExample);
    const [row] = await rows();
    expect(row).toMatchObject({ id: example_id, territory_id: "north", user_id: "north-boss" });
    expect(JSON.stringify(row)).not.toMatch(/zorbalinde|Quillfeather/);
    expect(String(row?.["sealed"])).not.toMatch(/zorbalinde|Quillfeather/);

    await actAs(hospital.knex, "setup", (trx) =>
      trx("users").where({ id: "north-boss" }).update({ name: "North's Boss" }),
    );
    const { examples } = (await list()).read(ExampleList);
    expect(examples).toMatchObject([
      {
        example_id,
        ...{ user_id: "north-boss", name: "North's Boss" },
        verdict: "missed",
        kind: "name",
        template: "Mrs. {name:@last}, MRN {mrn:@mrn}, was seen by\\n{name:@last} at noon",
      },
    ]);
    const plain = await server.get("/api/redactions/examples", as(hospital.people.admin), {
      accept: "text/plain",
    });
    expect(plain.headers.get("content-type")).toMatch(/^text\/plain/);
    expect(plain.text).toBe(`${examples[0]?.template}\n`);
  });

  it("says on record who gave, listed and removed it, and nothing of the text", async () => {
    const { example_id } = (
      await mark(hospital.people.northBoss, { verdict: "false_alarm", ...at("Quillfeather") })
    ).read(GivenExample);
    await list("?territory=north");
    const removed = await server.delete(`/api/redactions/examples/${example_id}`, as(hospital.people.admin));
    expect(removed.status).toBe(204);
    const events = await hospital.asOwner(
      "SELECT action, actor, territory_id, payload FROM audit_events WHERE action LIKE 'redaction_example.%' ORDER BY id",
    );
    expect(events.slice(-3)).toMatchObject([
      { action: "redaction_example.give", actor: "user:north-boss", territory_id: "north" },
      { action: "redaction_example.list", actor: "user:admin", payload: { count: 2 } },
      { action: "redaction_example.remove", actor: "user:admin", territory_id: "north" },
    ]);
    expect(JSON.stringify(events) + server.lines.join()).not.toMatch(/zorbalinde|Quillfeather/);
    expect((await rows()).map(({ id }) => id)).not.toContain(example_id);
  });

  it("shows admins no other half of what was marked, and no more of a false alarm than was found", async () => {
    const text = "Patient Zebulon Quackenbush, MRN 7734411, and Zorbalinde-Quist at noon";
    const give = (part: string, body: object = {}) =>
      mark(hospital.people.northBoss, { text, ...at(part, text), ...body });
    for (const [part, kind] of [
      ["Zebulon", "name"],
      ["77344", "mrn"],
      ["34", "mrn"],
      ["Quackenbush, MRN 77", "name"],
      ["balinde", "name"],
      ["Quist", "name"],
    ]) {
      expect((await give(must(part, "part"), { kind })).status).toBe(201);
      const [shown] = (await list()).read(ExampleList).examples;
      const half = part === "balinde" || part === "Quist" ? /orbalinde|Quist/ : /Zebulon|Quackenbush|\d/;
      expect(shown?.template, part).not.toMatch(half);
    }
    const alarm = { verdict: "false_alarm" };
    expect((await give(text, alarm)).status).toBe(422);
    expect((await give("Zebulon", alarm)).status).toBe(422);
    expect((await give("at noon", alarm)).status).toBe(422);
    expect((await give("Zebulon Quackenbush", alarm)).status).toBe(201);
  });

  it("can't be given for a territory that one does not supervise, nor outside the text", async () => {
    expect((await mark(hospital.people.southBoss)).status).toBe(403);
    expect((await mark(hospital.people.north1)).status).toBe(403);
    expect((await mark(hospital.people.northBoss, { end: TEXT.length + 1 })).status).toBe(422);
    expect((await mark(hospital.people.northBoss, { start: 5, end: 5 })).status).toBe(422);
  });

  it("is behind row-level security: who gives one reads none, and forges none elsewhere", async () => {
    for (const user of ["north-boss", "south-boss", "north-1"])
      expect(await actAs(hospital.knex, `user:${user}`, (trx) => trx("redaction_examples"))).toEqual([]);
    const [row] = await rows();
    for (const forged of [{ territory_id: "south" }, { user_id: "north-1" }])
      await expect(
        actAs(hospital.knex, "user:north-boss", (trx) =>
          trx("redaction_examples").insert({
            ...row,
            id: "00000000-0000-7000-8000-000000000009",
            ...forged,
          }),
        ),
      ).rejects.toThrow(/row-level security/);
  });

  it("can't be opened as another territory's", async () => {
    const [row] = await rows();
    const id = String(row?.["id"]);
    expect(exampleFor({ id, territory_id: "north" })).not.toBe(exampleFor({ id, territory_id: "south" }));
    const owner = await hospital.owner("redaction_examples");
    const move = (territory: string) =>
      owner.query("UPDATE redaction_examples SET territory_id = $1 WHERE id = $2", [territory, id]);
    await move("south");
    expect((await list()).status).toBe(500);
    await move("north");
    expect((await list()).status).toBe(200);
  });

  it("goes when the originals of its time go, on record", async () => {
    const owner = await hospital.owner("redaction_examples");
    await owner.query("UPDATE redaction_examples SET created_at = now() - interval '8 days'");
    const before = (await rows()).length;
    expect(await dropExamples(hospital.knex, { territoryId: "south", days: 7 })).toBe(0);
    expect(await dropExamples(hospital.knex, { territoryId: "north", days: 7 })).toBe(before);
    expect(await rows()).toEqual([]);
  });
});

describe("a territory's list", () => {
  const settings = (redaction: object) =>
    server.patch("/api/territories/north", { settings: { redaction } }, as(hospital.people.admin));
  const attempt = async (text: string, known: object[] = []) =>
    (
      await server.post(
        "/api/redactions",
        { text, known, territory_id: "north" },
        as(hospital.people.northBoss),
      )
    ).read(TrialResult).text;

  it("hides what it says is hidden, in every form of its kind", async () => {
    const text = "The purple wing asks for a lift";
    expect(await attempt(text)).toBe(text);
    expect((await settings({ hidden: [{ kind: "facility", value: "Purple Wing" }] })).status).toBe(200);
    expect(await attempt(text)).toBe("The [FACILITY] asks for a lift");
  });

  it("keeps what it says is kept, but not as part of something longer, nor what the sender knows", async () => {
    const text = "Ask Quillfeather, not Ada Quillfeather";
    expect(await attempt(text)).toBe("Ask [NAME], not [NAME]");
    expect((await settings({ kept: ["Quillfeather"] })).status).toBe(200);
    expect(await attempt(text)).toBe("Ask Quillfeather, not [NAME]");
    expect(await attempt(text, [{ kind: "name", value: "Ada Quillfeather" }])).toBe("Ask [NAME], not [NAME]");
    expect(await attempt("Quillfeather, MRN 0099887766")).toBe("Quillfeather, MRN [MRN]");
  });

  it("holds no number, which could be a patient's", async () => {
    expect((await settings({ kept: ["0099887766"] })).status).toBe(422);
    expect((await settings({ hidden: [{ kind: "name", value: "7" }] })).status).toBe(422);
  });
});
