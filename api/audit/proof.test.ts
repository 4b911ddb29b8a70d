import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rawPublicKey } from "../../store/audit/checkpoint.ts";
import { type Proof, signProof, verifyProof, writeProof } from "../../store/audit/proof-document.ts";
import { record } from "../../store/audit/record.ts";
import { seal } from "../../store/audit/seal.ts";
import { actAs } from "../../store/db/knex.ts";
import { act } from "../../store/transitions/act.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, aPolicy, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { runTool } from "../../testing/tool.ts";
import { until } from "../../testing/until.ts";

const { privateKey: key } = generateKeyPairSync("ed25519");
const trusted = [rawPublicKey(key)];
const publicKey = rawPublicKey(key).toString("base64");
const other = generateKeyPairSync("ed25519").privateKey;
const pem = String(key.export({ type: "pkcs8", format: "pem" }));

let home: string;
let hospital: Hospital;
let server: TestServer;
let auditor: TestPerson;
/** An alert that a step told the supervisor of, who acknowledged the copy. */
let alert: { id: string; copy: string };
let text: string;
/** Another's notification, and an event beside it that will be lost. */
let beside: { notification: string; lost: string };
/** What a sender wrote, and may be in no proof. */
const PATIENT = "Quintanilla";

/** Other tests' open transactions hold events back, so that it may take more than one round. */
async function sealAll(): Promise<void> {
  await until("everything is sealed", async () => {
    await seal(hospital.knex, key);
    const [row] = await hospital.asOwner(
      "SELECT count(*)::int AS open FROM audit_events WHERE xid >= (SELECT max(hi) FROM audit_checkpoints)",
    );
    return row?.["open"] === 0;
  });
}

async function anAlert(): Promise<{ id: string; copy: string }> {
  const policy = await aPolicy(hospital, {
    territory: "north",
    rules: { steps: [{ after_seconds: 60, to: { role: "supervisor" } }], repeat: 0, acknowledgers: 1 },
    isDefault: false,
  });
  const id = await hospital.notify("north-1", { priority: "critical", escalation_policy_id: policy });
  await sealAll();
  const owner = await hospital.owner("notifications");
  await owner.query("UPDATE notifications SET next_step_at = now() - interval '1 second' WHERE id = $1", [
    id,
  ]);
  await hospital.escalate(id);
  const [copy] = await hospital.asOwner("SELECT id FROM notifications WHERE escalated_from = $1", id);
  const copyId = String(copy?.["id"]);
  await act(hospital.knex, "north-boss", copyId, { kind: "acknowledge" });
  return { id, copy: copyId };
}

const prove = (id: string, who = auditor) => server.get(`/api/notifications/${id}/proof`, as(who));
const faultsOf = (altered: string) => verifyProof(altered, trusted).faults;
const read = (): Proof => JSON.parse(text);

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "tocsin-proof-"));
  hospital = await createHospital();
  server = await startServer(hospital, { TOCSIN_AUDIT_KEY: pem, TOCSIN_HOME: home });
  auditor = await aPerson(hospital, { id: "reader", role: "auditor" });
  alert = await anAlert();
  const notification = await hospital.notify("north-1", { message: `For ${PATIENT}`, title: PATIENT });
  beside = { notification, lost: uuidv7() };
  // What one transaction recorded is in one checkpoint.
  await actAs(hospital.knex, "relay", async (trx) => {
    for (const objectId of [notification, beside.lost])
      await record(trx, "relay", { action: "test.act", outcome: "ok", objectId });
  });
  await sealAll();
  text = (await prove(alert.id)).text;
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
  await rm(home, { recursive: true, force: true });
});

describe("GET /api/notifications/{id}/proof", () => {
  it("tells an alert from its sending to the acknowledgement of its copy, as was sealed, and nothing of others", () => {
    const { proof, faults } = verifyProof(text, trusted);
    expect(faults).toEqual([]);
    expect(proof?.notification_id).toBe(alert.id);
    expect(proof?.about).toEqual(expect.arrayContaining([alert.id, alert.copy]));
    const actions = proof?.events.map(({ action }) => action);
    expect(actions).toEqual(
      expect.arrayContaining(["notification.send", "notification.escalate", "notification.acknowledge"]),
    );
    expect(actions?.indexOf("notification.send")).toBe(0);
    expect(proof?.events.every(({ object_id }) => proof.about.includes(String(object_id)))).toBe(true);
    expect(proof?.checkpoints.length).toBeGreaterThan(1);
    expect(proof?.not_sealed).toEqual([]);
  });

  it("holds nothing that anybody wrote", async () => {
    const answer = await prove(beside.notification);
    expect(answer.text).toContain("notification.send");
    expect(answer.text).not.toContain(PATIENT);
  });

  it("says which events are not sealed yet", async () => {
    const id = await hospital.notify("north-1");
    const { not_sealed, events } = JSON.parse((await prove(id)).text) as Proof;
    expect(not_sealed.length).toBeGreaterThan(0);
    expect(events).toEqual([]);
  });

  it("leads from a copy to the whole alert", async () => {
    const { about } = JSON.parse((await prove(alert.copy)).text) as Proof;
    expect(about).toEqual(expect.arrayContaining([alert.id, alert.copy]));
  });

  it("is for auditors, and goes on record", async () => {
    expect((await prove(alert.id, hospital.people.northBoss)).status).toBe(403);
    expect((await prove(uuidv7())).status).toBe(404);
    const recorded = await hospital.asOwner(
      "SELECT actor FROM audit_events WHERE action = 'audit.proof' AND object_id = $1",
      alert.id,
    );
    expect(recorded[0]).toEqual({ actor: "user:reader" });
  });
});

describe("a proof that was altered", () => {
  it("is found, whichever byte it was", () => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 7) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(faultsOf(altered.toString("utf8")), `byte ${at}`).not.toEqual([]);
    }
  });

  const events = (): Proof["events"] => read().events;
  it.each<[string, (proof: Proof) => void, RegExp]>([
    [
      "an event's actor",
      ({ events: [one] }) => void (one && (one.actor = "user:x")),
      /^events\[0\]: event \d+ was altered/,
    ],
    ["a path", ({ events }) => void events.at(-1)?.path.pop(), /^events\[\d+\]: its path does not lead/],
    [
      "a checkpoint",
      ({ checkpoints: [one] }) => void (one && (one.count += 1)),
      /^checkpoints\[0\]: checkpoint \d+ was altered/,
    ],
    ["an event that is left out", ({ events }) => void events.pop(), /^signature: .*left out or added/],
    ["the time it was made", (proof) => void (proof.made_at = "2020-01-01T00:00:00.000Z"), /^signature: /],
  ])("says where: %s", (_what, alter, says) => {
    expect(events().length).toBeGreaterThan(2);
    const proof = read();
    alter(proof);
    expect(faultsOf(writeProof(proof))[0]).toMatch(says);
  });

  it("is found where somebody else signed it anew", () => {
    const { signature: _signature, ...content } = read();
    expect(faultsOf(writeProof(signProof(content, other)))[0]).toMatch(/is no key that you trust/);
  });
});

describe("npm run proof, and proof:verify", () => {
  const env = (): Record<string, string> => ({
    DATABASE_URL: String(hospital.knex.client.config.connection.connectionString),
    TOCSIN_AUDIT_KEY: pem,
    TOCSIN_HOME: home,
  });
  const check = (file: string, ...flags: string[]) => runTool("proof/verify", [file, ...flags], {});

  it("writes a file that the public key alone verifies, and names the place where it was altered", async () => {
    const file = join(home, "proof.json");
    const made = await runTool("proof/main", [alert.id, `--out=${file}`], env());
    expect(made).toMatchObject({ status: 0, out: expect.stringContaining(`--key=${publicKey}`) });
    const whole = await check(file, `--key=${publicKey}`);
    expect(whole.output).toMatch(/notification\.send .*\n[^]*\nAs signed: \d+ events of /);
    expect(whole.status).toBe(0);
    const strange = await check(file, `--key=${rawPublicKey(other).toString("base64")}`);
    expect(strange).toMatchObject({ status: 1, output: expect.stringContaining("no key that you trust") });
    const altered = join(home, "altered.json");
    await writeFile(altered, text.replace("notification.acknowledge", "notification.acknowledgE"));
    const { status, output } = await check(altered, `--key=${publicKey}`);
    expect(output).toMatch(/NOT AS SIGNED: events\[\d+\]: event \d+ was altered/);
    expect(status).toBe(1);
  });

  it("shows nothing of a hostile file that could overwrite the verdict in a terminal", async () => {
    const file = join(home, "hostile.json");
    const shown = "\r\u001b[2K\n\u001b[1A\u009b2KAs signed: 14 events\u001b[8m";
    await writeFile(file, JSON.stringify({ ...JSON.parse(text), [shown]: 1 }));
    const { status, output } = await check(file, `--key=${publicKey}`);
    expect(output).toMatch(/^NOT AS SIGNED: .*As signed: 14 events/m);
    expect(output.match(/[\p{Cc}]/gu)).toEqual(["\n", "\n"]);
    expect(status).toBe(1);
  });

  it("says in a line what it lacks", async () => {
    const nothing = uuidv7();
    expect(await runTool("proof/main", [nothing], env())).toMatchObject({
      status: 1,
      err: `Nothing has the id ${nothing}.\n`,
    });
    expect((await runTool("proof/main", ["7"], env())).err).toBe("7 is no id of a notification.\n");
    expect(await check(join(home, "none.json"), `--key=${publicKey}`)).toMatchObject({
      status: 2,
      err: expect.stringMatching(/can't be read\.\n$/),
    });
    const keyless = await runTool("proof/verify", ["x.json"], { TOCSIN_HOME: join(home, "empty") });
    expect(keyless.err).toBe("There is no key to trust: give the public key that signed with --key=….\n");
  });
});

describe("a record that was altered", () => {
  it("gives no proof, and says in words that events of a checkpoint are gone", async () => {
    const owner = await hospital.owner("audit_events");
    await owner.query("ALTER TABLE audit_events DISABLE TRIGGER ALL");
    await owner.query("DELETE FROM audit_events WHERE object_id = $1", [beside.lost]);
    await owner.query(
      "ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_refuse, ENABLE ALWAYS TRIGGER audit_refuse_truncate, ENABLE ALWAYS TRIGGER audit_stamp",
    );
    const answer = await prove(beside.notification);
    expect(answer.status).toBe(409);
    expect(answer.text).toMatch(/Checkpoint \d+ holds \d+ events, of which \d+ are in the database/);
  });
});
