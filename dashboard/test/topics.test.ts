import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import type { Program } from "../../testing/program.ts";

describe("the page of topics", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ node, demo, browser, close } = await openDashboard({}, { role: "api" }));
  });
  afterAll(() => close());

  it("makes a topic, finds people for it and takes them out, by the keyboard alone", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "supervisor");
    await page.getByRole("link", { name: "Topics" }).click();
    await page.getByText("There are no topics here yet.").waitFor();
    expect(await violations(page)).toEqual([]);

    await page.getByRole("button", { name: "New topic" }).press("Enter");
    const dialog = page.getByRole("dialog");
    await page.keyboard.type("Rapid response");
    await dialog.getByLabel("Word that senders use").fill("Rapid Response");
    await page.keyboard.press("Enter");
    await dialog.getByText("Give it lower-case letters").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("rapid-response");
    await page.keyboard.press("Enter");
    const card = page.getByRole("region", { name: "Rapid response" });
    await card.getByText("Nobody is in it, so sends to it are refused.").waitFor();

    await card.getByRole("button", { name: "Add somebody" }).press("Enter");
    await page.keyboard.type("Clinician One");
    const people = dialog.getByRole("list", { name: "People found" }).getByRole("listitem");
    await expect.poll(() => people.count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await dialog.getByText("Added: Demo Clinician One.").waitFor();
    await dialog.getByRole("button", { name: "Done" }).press("Enter");
    await card.getByText("Demo Clinician One").waitFor();
    expect(await violations(page)).toEqual([]);

    await card.getByRole("button", { name: "Take out Demo Clinician One" }).press("Enter");
    await page.getByRole("alertdialog").getByRole("button", { name: "Take out" }).press("Enter");
    await card.getByText("Nobody is in it").waitFor();
    await card.getByRole("button", { name: "Delete" }).press("Enter");
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete topic" }).press("Enter");
    await page.getByText("There are no topics here yet.").waitFor();
    expect(faults).toEqual([]);
    await context.close();
  }, 240_000);
});
