import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseEnv } from "../../config/env.ts";
import { must } from "../../config/must.ts";
import { createLinks } from "../../store/crypto/links.ts";
import { loadInstallationKey } from "../../store/crypto/secrets.ts";
import { createVault } from "../../store/crypto/vault.ts";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import { demoUser, Person, send, targetOf } from "../../testing/client.ts";
import { aPolicy } from "../../testing/nouns.ts";
import type { Program } from "../../testing/program.ts";
import type { Site } from "../../testing/site.ts";
import { until } from "../../testing/until.ts";

let site: Site;
let node: Program;
let demo: Demo;
let browser: Browser;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ site, node, demo, browser, close } = await openDashboard());
});
afterAll(() => close());

const card = (page: Page, id: string): Locator => page.locator(`article[data-notification-id="${id}"]`);
const button = (page: Page, id: string, name: string): Locator =>
  page.locator(`[data-reading="${id}"]`).getByRole("button", { name, exact: true });
async function alert(message: string): Promise<string> {
  const target = targetOf(demoUser(demo, "clinician"));
  const rules = {
    steps: [{ after_seconds: 3_600, to: { role: "supervisor" as const } }],
    repeat: 0,
    acknowledgers: 1,
    complete_minutes: 30,
  };
  const escalation_policy_id = await aPolicy(site, { territory: target.territory_id, rules });
  const body = { ...target, message, priority: "critical" as const, escalation_policy_id };
  return (await send(node.url, demo.api_key, body, { Prefer: "wait=20" })).body.notification_id;
}

it("takes an acknowledgement back, and completes what was taken over, in words that everybody hears", async () => {
  const { page, context, faults } = await signIn(browser, node.url, demo, "clinician");
  await page.locator('[data-connection="live"]').waitFor();
  const id = await alert("Ventilator alarm");
  await card(page, id).getByRole("heading").getByRole("button").press("Enter");
  await button(page, id, "Acknowledge").press("Enter");
  await card(page, id).getByText("Taken by you").waitFor();
  await card(page, id).getByText("To be completed by").waitFor();
  expect(await violations(page)).toEqual([]);
  await button(page, id, "Undo").press("Enter");
  await page.getByText("Open again: Ventilator alarm").waitFor({ state: "attached" });
  await button(page, id, "Decline").waitFor();
  await button(page, id, "Undo").waitFor({ state: "detached" });

  await button(page, id, "Acknowledge").press("Enter");
  await button(page, id, "Complete").press("Enter");
  await card(page, id).getByText("Completed,").waitFor();
  await button(page, id, "Undo").waitFor({ state: "detached" });
  await page.getByRole("link", { name: "The whole story" }).click();
  for (const step of ["took the acknowledgement back", "completed it"])
    await page.getByRole("listitem").getByText(step).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

it("answers by a link's page: not by opening it, once by a click, without the token in any address that is asked for", async () => {
  const id = await alert("Freezer thawing");
  const clinician = await Person.signIn(node.url, demoUser(demo, "clinician"));
  const { delivery_id: deliveryId } = await until(
    "it is delivered somewhere",
    async () => (await clinician.timeline(id)).deliveries[0],
  );
  const vault = createVault(parseEnv(site.env).masterKeys);
  const links = createLinks(await loadInstallationKey(site.knex, vault), node.url);
  const link = must(links.answer({ notificationId: id, deliveryId }) ?? undefined, "link");
  const state = async () => (await clinician.inbox()).find((one) => one.notification_id === id)?.status;

  const context = await browser.newContext();
  const page = await context.newPage();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(link);
  await page.getByRole("heading", { name: "Answer the alert" }).waitFor();
  const take = page.getByRole("button", { name: "I take care of it" });
  await take.waitFor();
  await page.waitForURL(`${node.url}/answer`);
  expect(await violations(page)).toEqual([]);
  expect(await state()).not.toBe("acknowledged");
  await take.click();
  await page.getByRole("heading", { name: "You have acknowledged it" }).waitFor();
  expect(await state()).toBe("acknowledged");
  expect(asked.join()).not.toContain(new URL(link).hash.slice(1));
  const again = await context.newPage();
  await again.goto(link);
  await again.getByRole("button", { name: "Somebody else has to" }).click();
  await again.getByText("The link was used already").waitFor();
  await context.close();
});
