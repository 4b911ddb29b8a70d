import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { actAs } from "../store/db/knex.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { aPolicy } from "../testing/nouns.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

const ROOT = join(import.meta.dirname, "..");
/** What a node runs from. */
const PARTS =
  "activities api channels config node on-call package.json plugins redaction store testing tools workflows".split(
    " ",
  );

let folder: string;
let site: Site;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tocsin-changed-"));
  for (const part of PARTS) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  site = await createSite();
});
afterEach(async () => {
  await site.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Has the workflow wait a moment first, without `patched()`: no history from before fits. */
function breakDeterminism(): void {
  const file = join(folder, "workflows/notify.ts");
  const [text, first] = [readFileSync(file, "utf8"), "let plan = await persist(notificationId);"];
  expect(text).toContain(first);
  const changed = text
    .replace("import { condition,", "import { condition, sleep,")
    .replace(first, `await sleep(1);\n  ${first}`);
  writeFileSync(file, changed);
}

it("an alert whose workflow's code changed under it is in the log as an error, begun anew from PostgreSQL, and goes on", async () => {
  const before = await site.start();
  const demo = await site.demo();
  const clinician = demoUser(demo, "clinician");
  const steps = [{ after_seconds: 3_600, to: { role: "supervisor" as const } }];
  const territory = targetOf(clinician).territory_id;
  const policy = await aPolicy(site, { territory, rules: { steps, repeat: 0, acknowledgers: 1 } });
  const message = "the code changes";
  const body = { priority: "critical" as const, escalation_policy_id: policy, message };
  const { body: sent } = await send(before.url, demo.api_key, { ...targetOf(clinician), ...body });
  const id = sent.notification_id;
  const person = await Person.signIn(before.url, clinician);
  const supervisor = await Person.signIn(before.url, demoUser(demo, "supervisor"));
  await until("it is delivered, and waits for its step", async () => {
    const { deliveries } = await person.timeline(id);
    return (
      deliveries.length > 0 && deliveries.every(({ status }) => status !== "queued" && status !== "claimed")
    );
  });
  await before.stop();

  breakDeterminism();
  const after = await site.start({ entry: join(folder, "testing/node.ts") });
  await actAs(site.knex, `worker:${id}`, (trx) =>
    trx("notifications").where({ id }).update({ next_step_at: new Date() }),
  );
  await until("the supervisor has a copy", async () =>
    (await supervisor.at(after.url).inbox()).some((one) => one.message === message),
  );
  const errors = () =>
    after.lines
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line))
      .filter(({ level }) => level >= 50);
  // Either may be written after the step is taken.
  for (const error of [
    { component: "temporal", msg: expect.stringContaining("nondeterminism") },
    { workflowId: id, code: "step_overdue" },
  ])
    await expect.poll(errors).toContainEqual(expect.objectContaining(error));
  const ready = await fetch(`${after.url}/readyz`);
  expect(await ready.json()).toMatchObject({ parts: { workflows: "down" } });
  const admin = await Person.signIn(after.url, demoUser(demo, "admin"));
  const diagnostics = await admin.fetch("/api/diagnostics");
  expect(await diagnostics.json()).toMatchObject({ workflows: { state: "down" } });
  expect((await person.at(after.url).act(id, "acknowledge")).status).toBe(200);
  await until("the copy is closed", async () =>
    (await supervisor.at(after.url).inbox()).every(
      (one) => one.message !== message || one.status === "acknowledged",
    ),
  );
});
