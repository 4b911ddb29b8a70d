import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import type { Program } from "../../testing/program.ts";

describe("the dashboard while the server is away", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ node, demo, browser, close } = await openDashboard());
  });
  afterAll(() => close());

  it("keeps its header and status when the page is changed, and shows the page by itself afterwards", async () => {
    const { page, context } = await signIn(browser, node.url, demo, "supervisor");
    await page.locator('[data-connection="live"]').waitFor();
    await page.waitForLoadState("networkidle");
    await context.setOffline(true);
    for (const name of ["Deliveries", "System"]) {
      await page.getByRole("navigation").getByRole("link", { name }).click();
      await page.getByRole("heading", { level: 1, name: "This page can't be shown" }).waitFor();
      await page.getByText("Tocsin can't be reached.").waitFor();
      await page.locator('[data-connection="offline"], [data-connection="reconnecting"]').waitFor();
    }
    expect(await violations(page)).toEqual([]);
    // The inbox shows what it knows.
    await page.getByRole("navigation").getByRole("link", { name: "Inbox" }).click();
    await page.getByRole("heading", { level: 1, name: "Inbox" }).waitFor();
    await page.getByRole("navigation").getByRole("link", { name: "System" }).click();
    await page.getByRole("heading", { level: 1, name: "This page can't be shown" }).waitFor();
    await context.setOffline(false);
    await page.getByRole("heading", { level: 1, name: "System" }).waitFor();
    await page.locator('[data-connection="live"]').waitFor();
    await context.close();
  }, 240_000);
});
