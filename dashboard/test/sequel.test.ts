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
/** What lies open beside the list. */
const open = async (page: Page, id: string): Promise<Locator> => {
  await card(page, id).getByRole("heading").getByRole("button").press("Enter");
  return page.locator(`[data-reading="${id}"]`);
};
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
  const pane = await open(page, id);
  await pane.getByText(new RegExp(`^3 times, last ${CLOCK}$`)).waitFor();
  expect(await page.locator("article").count()).toBe(1);

  // More urgent: announced like an arrival, and on top.
  await alert("Freezer thawing", { dedup_key: "freezer-7", priority: "critical" });
  await page.getByText("Critical notification: Freezer 7").waitFor({ state: "attached" });
  await pane.getByText("Critical", { exact: true }).waitFor();
  await pane.getByRole("button", { name: "Decline" }).waitFor();
  expect(await violations(page)).toEqual([]);

  await fetch(`${node.url}/api/alerts/freezer-7/resolve`, {
    method: "POST",
    headers: { Authorization: `Bearer ${demo.api_key}` },
  });
  const resolved = new RegExp(`^Resolved by .+ ${CLOCK}$`);
  await pane.getByText(resolved).waitFor();
  await pane.getByRole("button", { name: "Dismiss" }).waitFor();
  expect(await pane.getByRole("button", { name: "Decline" }).count()).toBe(0);

  const former = await alert("Potassium 6.8", { priority: "critical" });
  await card(page, former).waitFor();
  const later = await alert("Potassium 2.8", { priority: "critical", replaces: former });
  await card(page, later).waitFor();
  const corrected = await open(page, later);
  await corrected.getByRole("link", { name: "an earlier notification" }).waitFor();
  const replaced = await open(page, former);
  const link = replaced.getByRole("link", { name: "a corrected notification" });
  await link.waitFor();
  await replaced.getByText(new RegExp(`^Replaced by a corrected notification ${CLOCK}$`)).waitFor();
  expect(await violations(page)).toEqual([]);

  await link.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(`${node.url}/notifications/${later}`);
  await page.getByText("Replaces an earlier notification").waitFor();
  await page.goto(`${node.url}/notifications/${id}`);
  await page.getByText(resolved).waitFor();
  const steps = page.getByRole("listitem");
  await steps.getByText("sent it again").first().waitFor();
  await steps.getByText("It is critical now. It goes out anew, and its rules begin anew.").waitFor();
  await steps.getByText("said that the problem is over").waitFor();
  expect(await violations(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
}, 240_000);
