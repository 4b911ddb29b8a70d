import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Proof } from "../../store/audit/proof-document.ts";
import { actAs } from "../../store/db/knex.ts";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violationsEverywhere } from "../../testing/browser.ts";
import { demoUser, send, targetOf } from "../../testing/client.ts";
import { aPolicy } from "../../testing/nouns.ts";
import type { Program } from "../../testing/program.ts";
import type { Site } from "../../testing/site.ts";

let site: Site;
let node: Program;
let demo: Demo;
let browser: Browser;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ site, node, demo, browser, close } = await openDashboard({
    TEMPORAL_UI_URL: "https://temporal.example",
  }));
});
afterAll(() => close());

/** An alert whose supervisors are told after a second, and that then goes on to its recipient again. */
async function alert(): Promise<string> {
  const to = targetOf(demoUser(demo, "clinician"));
  const steps = [
    { after_seconds: 1, to: { role: "supervisor" } },
    { after_seconds: 600, to: { recipient: true as const } },
  ];
  const policy = await aPolicy(site, {
    territory: to.territory_id,
    rules: { steps, repeat: 0, acknowledgers: 1 },
    isDefault: false,
  });
  const body = {
    ...to,
    title: "Critical potassium",
    message: "Jane Whitfield, K+ 6.8",
    category: "patient_alert",
    priority: "critical",
    escalation_policy_id: policy,
  };
  return (await send(node.url, demo.api_key, body, { Prefer: "wait=20" })).body.notification_id;
}

it("tells a notification's story by names, leads from copy to original, and is acted on by the keyboard", async () => {
  const id = await alert();
  const boss = await signIn(browser, node.url, demo, "supervisor");
  await boss.page.goto(`${node.url}/notifications/${id}`);
  const title = boss.page.getByRole("heading", { level: 1, name: "Critical potassium" });
  await title.waitFor();
  const happened = boss.page.getByRole("region", { name: "What happened" });
  const told = boss.page.getByRole("region", { name: "Who was told" });
  const coming = boss.page.getByRole("region", { name: "What comes unless somebody acknowledges" });
  const recipient = demoUser(demo, "clinician");
  // The page follows by itself.
  await happened.getByText("Demo Supervisor North was told, step 1: nobody had acknowledged it").waitFor();
  await coming.getByText("Demo Clinician One again").waitFor();
  await coming.getByText("every 10 minutes until somebody acknowledges").waitFor();
  await boss.page.getByText("Nobody has acknowledged it yet.").waitFor();
  expect(await boss.page.getByRole("main").innerText()).not.toContain(recipient.user_id);
  expect(await boss.page.getByRole("main").innerText()).not.toContain(id);
  expect(await violationsEverywhere(boss.page)).toEqual([]);

  const details = boss.page.getByText("Record and technical details");
  await details.focus();
  await boss.page.keyboard.press("Enter");
  await boss.page.getByText(id).first().waitFor();
  const temporal = boss.page.getByRole("link", { name: "Open its workflow in Temporal" });
  expect(await temporal.getAttribute("href")).toBe(
    `https://temporal.example/namespaces/default/workflows/${id}`,
  );
  await boss.page.getByRole("table", { name: "Deliveries of this notification" }).waitFor();
  expect(await violationsEverywhere(boss.page)).toEqual([]);

  // The supervisor's own copy: the same story, and something to do.
  await told.getByRole("link", { name: "Demo Supervisor North" }).press("Enter");
  await boss.page.getByText("Acknowledge it if you take care of it").waitFor();
  await boss.page.getByText("Demo Clinician One had not acknowledged").waitFor();
  expect(await violationsEverywhere(boss.page)).toEqual([]);
  await boss.page.getByRole("button", { name: "With a note" }).press("Enter");
  await boss.page.getByLabel("Note").fill("On my way to Jane Whitfield");
  await boss.page.getByLabel("Note").press("Enter");
  await happened.getByText("Demo Supervisor North acknowledged it").waitFor();
  await happened.getByText("“On my way to name hidden”").waitFor();
  await coming.waitFor({ state: "detached" });
  await boss.page.getByRole("link", { name: "the original" }).press("Enter");
  await boss.page.waitForURL(`**/notifications/${id}`);
  await boss.page.getByText("Nothing: Demo Supervisor North acknowledged it.").waitFor();
  expect(boss.faults).toEqual([]);
  await boss.context.close();

  const clinician = await signIn(browser, node.url, demo, "clinician");
  await clinician.page.goto(`${node.url}/notifications/${id}`);
  await clinician.page.getByText("Nothing: Demo Supervisor North acknowledged it.").waitFor();
  // Whose notification it is may open the original; the copy of somebody else leads nowhere.
  await clinician.page.getByRole("button", { name: "Reveal original" }).press("Enter");
  await clinician.page.getByText("Jane Whitfield").waitFor();
  expect(await clinician.page.getByRole("link", { name: "Demo Supervisor North" }).count()).toBe(0);
  expect(await violationsEverywhere(clinician.page)).toEqual([]);
  expect(clinician.faults).toEqual([]);
  await clinician.context.close();
}, 240_000);

it("gives whoever is an auditor too a proof of delivery as a file, and shows it to nobody else", async () => {
  const id = await alert();
  const offer = (one: { page: Page }) => one.page.getByRole("button", { name: "Proof of delivery" });
  const open = async (one: { page: Page }): Promise<void> => {
    await one.page.goto(`${node.url}/notifications/${id}`);
    await one.page.getByText("Record and technical details").click();
    await one.page.getByRole("table", { name: "Deliveries of this notification" }).waitFor();
  };
  const boss = await signIn(browser, node.url, demo, "supervisor");
  await open(boss);
  expect(await offer(boss).count()).toBe(0);
  await actAs(site.knex, "setup", (trx) =>
    trx("memberships").insert({
      user_id: demoUser(demo, "supervisor").user_id,
      territory_id: null,
      role: "auditor",
    }),
  );
  // A screen that was left open for longer than ten minutes gives none.
  await actAs(site.knex, "sign-in", (trx) =>
    trx("sessions").update({ confirmed_at: new Date(Date.now() - 11 * 60_000) }),
  );
  await open(boss);
  const downloading = boss.page.waitForEvent("download");
  await offer(boss).click();
  const asked = boss.page.getByRole("dialog", { name: "Is it you?" });
  await asked.getByLabel("Password").fill(demoUser(demo, "supervisor").password);
  await asked.getByRole("button", { name: "Go on" }).click();
  const file = await downloading;
  expect(file.suggestedFilename()).toBe(`proof-${id}.json`);
  expect(Proof.parse(JSON.parse(await readFile(await file.path(), "utf8"))).notification_id).toBe(id);
  await boss.context.close();
}, 240_000);
