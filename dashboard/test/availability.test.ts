import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import { demoUser, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";

describe("availability", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ node, demo, browser, close } = await openDashboard());
  });
  afterAll(() => close());

  it("is set in the header by the keyboard; the delegate sees for whom a row is, supervisors who is covered by nobody", async () => {
    const first = await signIn(browser, node.url, demo, "clinician");
    const { page } = first;
    const button = page.getByRole("button", { name: /^Availability:/ });
    await button.waitFor();
    expect(await button.innerText()).toContain("Available");
    await button.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Your availability" });
    expect(await dialog.getByLabel("You are").evaluate((select) => select === document.activeElement)).toBe(
      true,
    );
    await dialog.getByLabel("You are").selectOption("away");
    const colleague = demoUser(demo, "clinician", 1);
    await dialog.getByLabel("Who covers you").selectOption(colleague.user_id);
    expect(await violations(page)).toEqual([]);

    // An end that is over is refused by the form, where it stands.
    const end = dialog.getByLabel("Until");
    const wall = await end.inputValue();
    await end.fill("2020-01-01T08:00");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("It has to end later than now.").waitFor();
    expect(await end.evaluate((field) => field === document.activeElement)).toBe(true);
    await end.fill(wall);
    await dialog.getByRole("switch", { name: "Tell them in my place" }).press("Space");
    await dialog.getByRole("button", { name: "Save" }).press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page
      .getByRole("button", { name: /^Availability: Away until .+, covered by Demo Clinician Two$/ })
      .waitFor();
    expect(await violations(page)).toEqual([]);

    const second = await signIn(browser, node.url, demo, "clinician", 1);
    await second.page.getByText(/^You cover Demo Clinician One until /).waitFor();
    const absent = demoUser(demo, "clinician");
    const { status } = await send(node.url, demo.api_key, {
      ...targetOf(absent),
      message: "Bed 4 is ready.",
    });
    expect(status).toBe(202);
    const row = second.page.getByRole("article").filter({ hasText: "Bed 4 is ready." });
    await row.getByRole("heading").getByRole("button").press("Enter");
    await second.page.getByText("For Demo Clinician One, whom you cover").waitFor();
    expect(await violations(second.page)).toEqual([]);
    await second.page.getByRole("link", { name: "The whole story" }).click();
    await second.page.getByText("Demo Clinician One").first().waitFor();

    // The delegate goes too: nobody covers the first one any more, and the supervisor sees it.
    await second.page.getByRole("button", { name: /^Availability:/ }).click();
    const other = second.page.getByRole("dialog", { name: "Your availability" });
    await other.getByLabel("You are").selectOption("away");
    await other.getByRole("button", { name: "Save" }).click();
    await other.waitFor({ state: "detached" });
    const boss = await signIn(browser, node.url, demo, "supervisor");
    await boss.page.goto(`${node.url}/unanswered`);
    const list = boss.page.getByRole("region", { name: "People whom nobody could reach now" });
    await list.getByRole("row", { name: /Demo Clinician One.*Away, and covered by nobody/ }).waitFor();
    expect(await violations(boss.page)).toEqual([]);
    for (const visitor of [first, second, boss]) {
      expect(visitor.faults).toEqual([]);
      await visitor.context.close();
    }
  }, 240_000);
});
