import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations, violationsEverywhere } from "../../testing/browser.ts";
import { demoUser, Person, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";

describe("the delivery history", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ node, demo, browser, close } = await openDashboard());
  });
  afterAll(() => close());

  /** Sends something to a clinician of the North Hospital, and waits until it was delivered or skipped. */
  async function deliver(which: number, more: object = {}): Promise<string> {
    const body = { ...targetOf(demoUser(demo, "clinician", which)), message: "Bed 4 is ready.", ...more };
    return (await send(node.url, demo.api_key, body, { Prefer: "wait=20" })).body.notification_id;
  }
  const alert = { category: "patient_alert", priority: "critical", message: "K+ 6.8" };
  const rows = (page: Page) => page.getByRole("table", { name: "Deliveries" }).locator("tbody tr");

  it("shows one line a delivery, and finds by recipient, priority, acknowledgement and id by keyboard", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "supervisor");
    await page.setViewportSize({ width: 1440, height: 900 });
    const clinician = await Person.signIn(node.url, demoUser(demo, "clinician"));
    await deliver(0);
    const waiting = await deliver(0, alert);
    const taken = await deliver(0, alert);
    const acknowledged = await clinician.fetch(`/api/notifications/${taken}/acknowledge`, { method: "POST" });
    expect(acknowledged.status).toBe(200);

    await page.getByRole("link", { name: "Deliveries" }).click();
    const live = rows(page).filter({ hasText: "Dashboard (live)" });
    await live.nth(2).waitFor();
    await live.nth(0).getByRole("rowheader", { name: "Demo Clinician One" }).waitFor();
    expect((await rows(page).first().boundingBox())?.height).toBeLessThanOrEqual(37);
    // It waits in the inbox: nothing for anybody to mend.
    const chip = live.nth(0).getByText("Offline", { exact: true });
    const soft = await page
      .locator("p.soft")
      .first()
      .evaluate((one) => getComputedStyle(one).color);
    expect(await chip.evaluate((one) => getComputedStyle(one).color)).toBe(soft);
    await live
      .nth(0)
      .getByText(/^\d+\.\d s$/)
      .waitFor();
    await live.nth(1).getByText("waits", { exact: true }).waitFor();
    // What comes by itself with the next connection is not offered.
    expect(await live.getByRole("button", { name: /^Redeliver/ }).count()).toBe(0);
    expect(await violationsEverywhere(page)).toEqual([]);

    const filters = page.getByRole("search", { name: "Filters" });
    const all = await rows(page).count();
    await filters.getByLabel("Acknowledged").focus();
    await page.keyboard.type("Still");
    await page.waitForURL(/\?acknowledged=no$/);
    await expect.poll(() => live.count()).toBe(1);
    await filters.getByLabel("Acknowledged").selectOption("");
    await filters.getByLabel("Priority").selectOption({ label: "Normal" });
    await page.waitForURL(/\?priority=normal$/);
    await expect.poll(() => live.count()).toBe(1);
    await filters.getByLabel("Priority").selectOption("");
    await filters.getByLabel("Recipient").selectOption({ label: "Demo Clinician Two" });
    await page.getByText("No delivery matches these filters.").waitFor();
    await page.waitForURL(/\?recipient=demo-clinician-2$/);
    await page.getByRole("link", { name: "Clear filters" }).click();
    await expect.poll(() => rows(page).count()).toBe(all);
    await filters.getByLabel("Id").fill("potassium");
    await page.keyboard.press("Enter");
    await page.getByText("That is no id of a delivery or a notification.").waitFor();
    await filters.getByLabel("Id").fill(waiting);
    await page.keyboard.press("Enter");
    await expect.poll(() => live.count()).toBe(1);
    await page.reload();
    await live.getByText("waits", { exact: true }).waitFor();
    expect(await filters.getByLabel("Id").inputValue()).toBe(waiting);
    expect(faults).toEqual([]);
    await context.close();
  }, 240_000);

  it("has what arrives wait above, and changes rows in place alone", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "supervisor");
    await page.setViewportSize({ width: 1440, height: 900 });
    const first = await deliver(1, alert);
    await page.goto(`${node.url}/deliveries?category=patient_alert`);
    const row = rows(page).filter({ hasText: "Demo Clinician Two" }).first();
    await row.getByText("waits", { exact: true }).waitFor();
    const before = await row.boundingBox();
    const count = await rows(page).count();
    await deliver(1, alert);
    const show = page.getByRole("button", { name: /^Show \d+ new · \d+ critical$/ });
    await show.waitFor();
    expect(await rows(page).count()).toBe(count);
    expect(await violations(page)).toEqual([]);
    const clinician = await Person.signIn(node.url, demoUser(demo, "clinician", 1));
    await clinician.fetch(`/api/notifications/${first}/acknowledge`, { method: "POST" });
    await row.getByText(/^\d+(\.\d)? s$/).waitFor();
    expect(await row.boundingBox()).toEqual(before);
    await show.press("Enter");
    await expect.poll(() => rows(page).count()).toBeGreaterThan(count);
    await show.waitFor({ state: "detached" });
    expect(
      await rows(page)
        .first()
        .evaluate((one) => one === document.activeElement),
    ).toBe(true);

    // One that the filters find no more keeps its place, and says so.
    await page.goto(`${node.url}/deliveries?acknowledged=no&recipient=demo-clinician-2`);
    await row.getByText("waits", { exact: true }).waitFor();
    const left = await rows(page).count();
    const { notification_id } = (await (await clinician.fetch("/api/notifications")).json()).notifications[0];
    await clinician.fetch(`/api/notifications/${notification_id}/acknowledge`, { method: "POST" });
    await page.getByText("Changed since").first().waitFor();
    expect(await rows(page).count()).toBe(left);
    expect(faults).toEqual([]);
    await context.close();
  }, 240_000);

  it("draws charts of any days when asked, each with its table", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "supervisor");
    await page.setViewportSize({ width: 1440, height: 900 });
    const loaded: string[] = [];
    page.on("response", (response) => loaded.push(new URL(response.url()).pathname));
    await page.getByRole("link", { name: "Deliveries" }).click();
    await rows(page).first().waitFor();
    expect(loaded.filter((path) => path.startsWith("/api/reports"))).toEqual([]);
    await page.getByRole("button", { name: "Charts" }).press("Enter");
    await page.waitForURL(/\?charts=yes$/);
    const figures = page.getByRole("region", { name: "Charts" });
    const volume = figures.getByRole("region", { name: "Deliveries by channel and outcome" });
    await volume.locator("svg rect").last().waitFor();
    for (const summary of await figures.getByText(/^As a table/).all()) await summary.click();
    const offline = volume.getByRole("row", { name: /Dashboard \(live\) Offline/ });
    expect(Number(await offline.getByRole("cell").last().innerText())).toBeGreaterThanOrEqual(3);
    const hours = figures.getByRole("region", { name: "Time to acknowledge, by hour of the day" });
    await hours
      .getByRole("rowheader", { name: /^\d\d:00 to \d\d:00$/ })
      .first()
      .waitFor();
    const units = figures.getByRole("region", { name: "Time to acknowledge, by territory" });
    await units.getByRole("rowheader", { name: "North Hospital" }).waitFor();
    await figures
      .getByRole("region", { name: "Alerts that others were told of" })
      .locator("svg rect")
      .last()
      .waitFor();
    expect(await violationsEverywhere(page)).toEqual([]);
    await page.getByLabel("To", { exact: true }).fill("2020-01-31");
    await page.getByLabel("From").fill("2020-01-01");
    await page.getByLabel("From").press("Enter");
    await volume.getByText("Nothing was sent in this time.").waitFor();
    expect(new URL(page.url()).searchParams.get("charts")).toBe("yes");
    expect(faults).toEqual([]);
    await context.close();
  }, 240_000);
});
