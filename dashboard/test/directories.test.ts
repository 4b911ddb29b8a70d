import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import type { Program } from "../../testing/program.ts";

describe("directories on the page of services", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ node, demo, browser, close } = await openDashboard({}, { role: "api" }));
  });
  afterAll(() => close());

  it("get a token that is shown once, have their groups mapped, and are shut out", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "admin");
    await page.getByRole("link", { name: "Services" }).click();
    const card = page.getByRole("region", { name: "Directories" });
    await card.getByText("There is no token yet").waitFor();
    await card.getByRole("button", { name: "New SCIM token" }).press("Enter");
    const dialog = page.getByRole("dialog");
    await page.keyboard.press("Enter");
    await page.keyboard.type("Entra ID");
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Enter");
    const token = await dialog.locator("code").innerText();
    expect(token).toMatch(/^scim_/);
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "I have kept it" }).press("Enter");
    await card.getByRole("row", { name: "Entra ID" }).getByText("Good").waitFor();

    const made = await fetch(`${node.url}/scim/v2/Groups`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/scim+json" },
      body: JSON.stringify({ displayName: "Nephrology" }),
    });
    expect(made.status).toBe(201);
    await page.reload();
    const group = card.getByRole("row", { name: "Nephrology" });
    await group.getByText("Nothing").waitFor();
    await group.getByRole("button", { name: "Map Nephrology" }).press("Enter");
    await dialog.getByLabel("In the territory").selectOption({ label: "North Hospital" });
    await dialog.getByLabel("The role of").selectOption({ label: "Clinician" });
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Save" }).press("Enter");
    await group.getByText("clinician in North Hospital").waitFor();
    expect(await violations(page)).toEqual([]);

    await card.getByRole("button", { name: "Revoke the token of Entra ID" }).press("Enter");
    await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).press("Enter");
    await card.getByRole("row", { name: "Entra ID" }).getByText("Revoked").waitFor();
    expect(faults).toEqual([]);
    await context.close();
  }, 240_000);
});
