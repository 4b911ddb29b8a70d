import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { launch, signIn, violations } from "../../testing/browser.ts";
import type { Program } from "../../testing/program.ts";
import { createSite, type Site } from "../../testing/site.ts";

describe("the dashboard while the server is away", () => {
  let site: Site;
  let node: Program;
  let demo: Demo;
  let browser: Browser;

  beforeAll(async () => {
    site = await createSite();
    [node, browser] = await Promise.all([site.start(), launch()]);
    demo = await site.demo();
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

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
  }, 180_000);
});
