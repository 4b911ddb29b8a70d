import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn } from "../../testing/browser.ts";
import { demoUser, Person, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";
import { until } from "../../testing/until.ts";

/** A phone that is held upright; px. */
const PHONE = { width: 375, height: 812 };
/** More than a page of the list has. */
const MANY = 60;

describe("Back on a phone", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ node, demo, browser, close } = await openDashboard());
  });
  afterAll(() => close());

  async function visit(role: string) {
    const visitor = await signIn(browser, node.url, demo, role);
    await visitor.page.setViewportSize(PHONE);
    await visitor.page.locator('[data-connection="live"]').waitFor();
    return visitor;
  }

  const row = (page: Page, id: string): Locator => page.locator(`article[data-notification-id="${id}"]`);
  const pane = (page: Page, id: string): Locator => page.locator(`[data-reading="${id}"]`);
  const open = async (page: Page, id: string): Promise<void> => {
    await row(page, id).getByRole("heading").getByRole("button").press("Enter");
    await pane(page, id).waitFor();
  };
  const scrolled = async (page: Page): Promise<number> => Number(await page.evaluate("scrollY"));
  const length = async (page: Page): Promise<number> =>
    (await page.getByRole("feed", { name: "Notifications" }).evaluate((list) => list.clientHeight)) / 60;

  it("leads from a notification, and from its story, to the list as it was: its place, its rows and its filters", async () => {
    const recipient = demoUser(demo, "clinician");
    const { user_id, territory_id } = targetOf(recipient);
    const notifications = Array.from({ length: MANY }, (_, bed) => ({
      ...{ user_id, territory_id, title: `Bed ${bed + 1}`, message: "Ready." },
    }));
    const taken = await fetch(`${node.url}/api/notifications/send-bulk`, {
      method: "POST",
      headers: { Authorization: `Bearer ${demo.api_key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ notifications }),
    });
    expect(taken.status).toBe(202);
    const person = await Person.signIn(node.url, recipient);
    await until("all are there", async () => {
      const counts = await person.fetch("/api/notifications/counts");
      return (await counts.json()).unread === MANY;
    });
    const { page, context, faults } = await visit("clinician");
    await page.getByRole("button", { name: "Filters" }).click();
    await page.getByRole("radio", { name: "All" }).check({ force: true });
    await page.getByRole("button", { name: "Filters 1 set" }).click();
    await page.getByRole("button", { name: "Load more" }).press("Enter");
    await expect.poll(() => length(page)).toBe(MANY);
    const last = page.locator("article[data-notification-id]").last();
    await last.scrollIntoViewIfNeeded();
    const id = must((await last.getAttribute("data-notification-id")) ?? undefined, "id");
    const place = await scrolled(page);
    expect(place).toBeGreaterThan(1_000);
    const isAsItWas = async (): Promise<void> => {
      await row(page, id).waitFor();
      await expect.poll(async () => Math.abs((await scrolled(page)) - place)).toBeLessThan(100);
      expect([await length(page), new URL(page.url()).search]).toEqual([MANY, "?show=all"]);
      expect(await page.getByRole("radio", { name: "All", includeHidden: true }).isChecked()).toBe(true);
      expect(await pane(page, id).count()).toBe(0);
    };

    await open(page, id);
    await page.goBack();
    await isAsItWas();
    await open(page, id);
    await pane(page, id).getByRole("link", { name: "The whole story" }).press("Enter");
    await page.waitForURL("**/notifications/**");
    await page.goBack();
    await pane(page, id).waitFor();
    await page.goBack();
    await isAsItWas();
    expect(faults).toEqual([]);
    await context.close();
  }, 240_000);

  it("closes what lies over the page before it leads anywhere, and discards nothing unasked", async () => {
    const supervisor = demoUser(demo, "supervisor");
    const { body } = await send(
      node.url,
      demo.api_key,
      { ...targetOf(supervisor), title: "Sodium 112", message: "Repeat.", priority: "critical" },
      { Prefer: "wait=20" },
    );
    const { page, context, faults } = await visit("supervisor");
    const id: string = body.notification_id;
    const dialog = page.getByRole("dialog");
    await open(page, id);
    await pane(page, id).getByRole("button", { name: "With a note" }).press("Enter");
    await dialog.getByLabel("Note").fill("On my way");
    await page.goBack();
    await dialog.getByText("Discard what you have entered?").waitFor();
    await page.goBack();
    await dialog.getByText("Discard what you have entered?").waitFor({ state: "detached" });
    expect(await dialog.getByLabel("Note").inputValue()).toBe("On my way");
    await page.goBack();
    await dialog.getByRole("button", { name: "Discard" }).click();
    await dialog.waitFor({ state: "detached" });
    await pane(page, id).waitFor();
    await page.goBack();
    await row(page, id).waitFor();

    const tabs = page.getByRole("navigation", { name: "Main" });
    await tabs.getByRole("link", { name: "Board" }).click();
    await page.getByRole("heading", { level: 1, name: "Board" }).waitFor();
    await tabs.getByRole("button", { name: "More" }).click();
    await tabs.getByRole("link", { name: "Escalation" }).waitFor();
    await page.goBack();
    await tabs.getByRole("link", { name: "Escalation" }).waitFor({ state: "hidden" });
    // The browser has gone Back by then, and comes forward again.
    await page.waitForURL("**/board");
    await tabs.getByRole("button", { name: "More" }).click();
    await tabs.getByRole("link", { name: "Escalation" }).click();
    await page.getByRole("button", { name: "New policy" }).click();
    await dialog.waitFor();
    await page.goBack();
    await dialog.waitFor({ state: "detached" });
    await page.waitForURL("**/escalation");
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Board" }).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  }, 240_000);
});
