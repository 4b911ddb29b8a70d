import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn } from "../../testing/browser.ts";
import { demoUser, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";

/** Where a script of the test's keeps whether a page showed as the browser brought it back from memory. */
const SHOWED = "showed";

describe("a browser that several people use, and that keeps the pages they leave", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ node, demo, browser, close } = await openDashboard({}, { keepsPages: true }));
  });
  afterAll(() => close());

  /** The inbox of a clinician to whom "Zebra" was sent. */
  async function openInbox() {
    const visitor = await signIn(browser, node.url, demo, "clinician");
    const { page, context } = visitor;
    // Only a page that the service worker has is kept.
    await page.waitForFunction("navigator.serviceWorker.controller !== null");
    await context.addInitScript((key) => {
      addEventListener(
        "pageshow",
        ({ persisted }) => persisted && sessionStorage.setItem(key, String(document.body.checkVisibility())),
      );
    }, SHOWED);
    await page.reload();
    const target = targetOf(demoUser(demo, "clinician"));
    const sent = await send(node.url, demo.api_key, { ...target, title: "Zebra", message: "Bed 3" });
    await page.locator(`article[data-notification-id="${sent.body.notification_id}"]`).waitFor();
    await page.locator('[data-connection="live"]').waitFor();
    return visitor;
  }

  /** Ends the session from elsewhere. */
  const endSession = (context: BrowserContext) =>
    context.request.delete(`${node.url}/api/sessions`, { headers: { Origin: node.url } });

  /** Goes Back from the sign-in page. @returns whether the page showed as it was brought back; null where it was not kept */
  async function goBack(page: Page): Promise<string | null> {
    await page.getByLabel("Email").waitFor();
    await page.goBack({ waitUntil: "commit" });
    await page.waitForURL(/\/sign-in/);
    await page.getByLabel("Email").waitFor();
    expect(await page.locator("body").innerText()).not.toMatch(/Zebra|Clinician One/);
    return await page.evaluate((key) => sessionStorage.getItem(key), SHOWED);
  }

  it("shows nothing of a session that has ended when Back is pressed, neither before nor after somebody else signs in", async () => {
    const { page, context, faults } = await openInbox();
    await endSession(context);
    await page.waitForURL(/reason=ended/);
    expect(await goBack(page)).toBe("false");

    const { email, password } = demoUser(demo, "auditor");
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    expect(stored).not.toMatch(/Zebra|demo-clinician/);
    await page.goBack({ waitUntil: "commit" });
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await page.locator("body").innerText()).not.toMatch(/Zebra|Clinician One/);
    expect(faults.filter((fault) => !fault.includes("401"))).toEqual([]);
    await context.close();
  }, 240_000);

  it("shows nothing of whoever has signed out", async () => {
    const { page, context } = await openInbox();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(/reason=signed_out/);
    // Mostly the answer has the browser forget the page in time.
    expect(await goBack(page)).not.toBe("true");
    await context.close();
  }, 240_000);
});
