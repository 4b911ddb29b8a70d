import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn } from "../../testing/browser.ts";
import { demoUser, Person } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";

describe("a browser that several people use", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ node, demo, browser, close } = await openDashboard());
  });
  afterAll(() => close());

  const signedIn = (page: Page) => page.getByRole("button", { name: "Sign out" });
  async function enter(page: Page, role: string): Promise<void> {
    const { email, password } = demoUser(demo, role);
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await signedIn(page).waitFor();
  }

  it.each(["clinician", "admin"])(
    "has the %s's other tab go with them, and be the next person's",
    async (role) => {
      const { page, context } = await signIn(browser, node.url, demo, role);
      const other = await context.newPage();
      await other.goto(node.url);
      await signedIn(other).waitFor();
      await signedIn(page).click();
      await other.getByText("Your session has ended.").waitFor();

      // One that no word reaches: it was asleep, or away.
      await enter(page, role);
      await other.goto(node.url);
      await signedIn(other).waitFor();
      const auditor = await Person.signIn(node.url, demoUser(demo, "auditor"));
      const [name = "", value = ""] = auditor.cookie.split(/=(.*)/s);
      await context.addCookies([{ name, value, url: node.url }]);
      await other.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await other.getByRole("link", { name: "Audit", exact: true }).waitFor();
      await context.close();
    },
    240_000,
  );
});
