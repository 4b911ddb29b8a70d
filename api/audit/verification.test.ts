import { afterAll, beforeAll, expect, it } from "vitest";
import { type AuditBed, createAuditBed } from "../../testing/audit-bed.ts";
import { as } from "../../testing/calls.ts";
import { aPerson, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";
import { appendAnchor } from "../../store/audit/anchor.ts";
import { takeVerification } from "../../store/audit/verifications.ts";
import { LatestVerification, Verification } from "./schema.ts";

let bed: AuditBed;
let server: TestServer;
let reader: TestPerson;

beforeAll(async () => {
  bed = await createAuditBed();
  server = await startServer(bed, {
    TOCSIN_AUDIT_KEY: bed.key.export({ type: "pkcs8", format: "pem" }).toString(),
  });
  reader = await aPerson(bed, { id: "reader", role: "auditor" });
  await bed.act(5);
  await bed.sealAll();
});
afterAll(async () => {
  await server.stop();
  await bed.close();
});

const PATH = "/api/audit/verification";
const ask = () => server.post(PATH, undefined, as(reader));
const latest = async () => (await server.get(PATH, as(reader))).read(LatestVerification).verification;
async function verified() {
  const asked = (await ask()).read(Verification);
  return await until("it is verified", async () => {
    const found = await latest();
    return found?.verification_id === asked.verification_id && found.finished_at !== null ? found : undefined;
  });
}
const records = async (action: string) =>
  (
    await bed.owner.query("SELECT actor, outcome, payload FROM audit_events WHERE action = $1 ORDER BY id", [
      action,
    ])
  ).rows;

it("says that the record is whole, by whom that was asked, and whether an anchor file agrees, on record", async () => {
  expect(await latest()).toBeNull();
  expect(await verified()).toMatchObject({
    outcome: "whole",
    reason: null,
    findings: [],
    asked_by: { user_id: "reader", name: "reader" },
    anchored_up_to: null,
  });
  expect(await records("audit.verify")).toMatchObject([{ actor: "user:reader", outcome: "ok" }]);
  expect(await records("audit.verified")).toMatchObject([
    { actor: "sealer", outcome: "ok", payload: { outcome: "whole", findings: 0 } },
  ]);
  const [last] = (await bed.sealAll()).slice(-1);
  if (last === undefined) throw new Error("nothing was sealed");
  await appendAnchor(bed.config.audit.anchor, last);
  expect(await verified()).toMatchObject({ outcome: "whole", anchored_up_to: last.id, checkpoints: last.id });
});

it("names what was altered", async () => {
  const [id] = await bed.act(1, "altered");
  await bed.sealAll();
  await bed.tamper("UPDATE audit_events SET outcome = 'denied' WHERE id = $1", id);
  const found = await verified();
  expect(found.outcome).toBe("altered");
  expect(found.findings.map(({ what }) => what).join("\n")).toContain(`event ${id} altered`);
  expect((await records("audit.verified")).at(-1)).toMatchObject({ outcome: "failed" });
  await bed.tamper("UPDATE audit_events SET outcome = 'ok' WHERE id = $1", id);
});

it("runs one at a time, goes on where a node left it, and is for auditors alone", async () => {
  await bed.owner.query(
    "INSERT INTO audit_verifications (id, asked_by, attempt, beat_at) VALUES ('0195a1f0-5c00-7000-8000-000000000001', 'reader', 1, now())",
  );
  expect((await ask()).status).toBe(409);
  expect(await takeVerification(bed.knex)).toBeNull();
  await bed.owner.query(
    "UPDATE audit_verifications SET beat_at = now() - interval '2 minutes' WHERE finished_at IS NULL",
  );
  expect(await takeVerification(bed.knex)).toMatchObject({ attempt: 2 });
  await bed.owner.query("DELETE FROM audit_verifications WHERE finished_at IS NULL");
  const boss = await aPerson(bed, { id: "boss", role: "admin" });
  expect((await server.post(PATH, undefined, as(boss))).status).toBe(403);
  expect((await server.get(PATH, as(boss))).status).toBe(403);
});
