import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import { demoUser, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";

let node: Program;
let demo: Demo;
let browser: Browser;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ node, demo, browser, close } = await openDashboard());
});
afterAll(() => close());

const card = (page: Page, id: string): Locator => page.locator(`article[data-notification-id="${id}"]`);
const alert = async (message: string, more: object): Promise<string> => {
  const body = { ...targetOf(demoUser(demo, "clinician")), message, title: "Freezer 7", ...more };
  return (await send(node.url, demo.api_key, body, { Prefer: "wait=20" })).body.notification_id;
};
const CLOCK = String.raw`\d{1,2}:\d{2}( [AP]M)?`;

it("says how often and when last, by whom it was resolved, and what replaced it, by itself and to a screen reader", async () => {
  const { page, context, faults } = await signIn(browser, node.url, demo, "clinician");
  await page.locator('[data-connection="live"]').waitFor();
  const id = await alert("Freezer at -60", { dedup_key: "freezer-7" });
  await card(page, id).getByText("Freezer at -60").waitFor();
  await alert("Freezer at -59", { dedup_key: "freezer-7" });
  await alert("Freezer at -58", { dedup_key: "freezer-7" });
  await card(page, id).getByText("Freezer at -58").waitFor();
  await card(page, id)
    .getByText(new RegExp(`^3 times, last ${CLOCK}$`))
    .waitFor();
  expect(await page.locator("article").count()).toBe(1);

  // More urgent: announced like an arrival, and on top.
  await alert("Freezer thawing", { dedup_key: "freezer-7", priority: "critical" });
  await page.getByText("Critical notification: Freezer 7").waitFor({ state: "attached" });
  await card(page, id).getByText("Critical", { exact: true }).waitFor();
  await card(page, id).getByRole("button", { name: "Decline" }).waitFor();
  expect(await violations(page)).toEqual([]);

  await fetch(`${node.url}/api/alerts/freezer-7/resolve`, {
    method: "POST",
    headers: { Authorization: `Bearer ${demo.api_key}` },
  });
  const resolved = new RegExp(`^Resolved by .+ ${CLOCK}$`);
  await card(page, id).getByText(resolved).waitFor();
  await card(page, id).getByRole("button", { name: "Dismiss" }).waitFor();
  expect(await card(page, id).getByRole("button", { name: "Decline" }).count()).toBe(0);

  const former = await alert("Potassium 6.8", { priority: "critical" });
  await card(page, former).waitFor();
  const later = await alert("Potassium 2.8", { priority: "critical", replaces: former });
  const link = card(page, former).getByRole("link", { name: "a corrected notification" });
  await link.waitFor();
  await card(page, former)
    .getByText(new RegExp(`^Replaced by a corrected notification ${CLOCK}$`))
    .waitFor();
  await card(page, later).getByRole("link", { name: "an earlier notification" }).waitFor();
  expect(await violations(page)).toEqual([]);

  await link.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(`${node.url}/notifications/${later}`);
  await page.getByText("Replaces an earlier notification").waitFor();
  await page.goto(`${node.url}/notifications/${id}`);
  await page.getByText(resolved).waitFor();
  const steps = page.getByRole("listitem");
  await steps.getByText("Sent again by its sender", { exact: true }).first().waitFor();
  await steps.getByText("It is critical now. It goes out anew, and its rules begin anew.").waitFor();
  await steps.getByText("Resolved by its sender").waitFor();
  expect(await violations(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
}, 180_000);
