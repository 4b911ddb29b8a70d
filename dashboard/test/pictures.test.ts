import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn } from "../../testing/browser.ts";
import { demoUser, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";
import type { Site } from "../../testing/site.ts";

let site: Site;
let node: Program;
let demo: Demo;
let browser: Browser;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ site, node, demo, browser, close } = await openDashboard());
});
afterAll(() => close());

const post = async (which: number, body: Record<string, unknown>): Promise<string> => {
  const to = targetOf(demoUser(demo, "clinician", which));
  const answer = await send(node.url, demo.api_key, { ...to, ...body }, { Prefer: "wait=20" });
  return answer.body.notification_id;
};

/** Made anew in docs/ on demand (UPDATE_SCREENSHOT=1), so that an ordinary run leaves the tree as it was. Small enough for a README. */
async function picture(page: Page, name: string): Promise<void> {
  const path = join(process.env["UPDATE_SCREENSHOT"] ? "docs" : site.home, name);
  // A pointer over a row, or a caret, is no part of it.
  await page.mouse.move(0, 0);
  await page.screenshot({ path, animations: "disabled", caret: "hide" });
  const { size } = await stat(path);
  expect(size, name).toBeGreaterThan(10_000);
  expect(size, name).toBeLessThan(250_000);
}

it("makes the README's pictures: the inbox with one open, the same on a phone, and the board", async () => {
  const potassium = await post(0, {
    priority: "critical",
    category: "patient_alert",
    title: "Critical potassium",
    message: "K+ 6.8 mmol/L on the 06:10 sample for Zebulon Quillfeather, bed 4. Repeat and call the lab.",
  });
  await post(1, {
    priority: "critical",
    category: "patient_alert",
    title: "Sepsis score rising",
    message: "NEWS2 9 at 06:25 for Zebulon Quillfeather, bed 4.",
  });
  await post(0, {
    category: "order_update",
    title: "Order scheduled",
    message: "CT chest for your patient is scheduled for 14:30.",
  });
  const last = await post(0, {
    title: "Maintenance",
    message: "The pharmacy system is read-only from 22:00 to 22:30.",
  });
  const { page, context, faults } = await signIn(browser, node.url, demo, "clinician");
  await page.setViewportSize({ width: 1280, height: 720 });
  const row = (id: string) => page.locator(`article[data-notification-id="${id}"]`);
  await row(last).waitFor();
  await row(potassium).getByRole("heading").getByRole("button").press("Enter");
  await page.locator(`[data-reading="${potassium}"]`).waitFor();
  await picture(page, "inbox.png");
  await page.setViewportSize({ width: 375, height: 720 });
  await page.goto(node.url);
  await row(potassium).waitFor();
  await page.locator('[data-connection="live"]').waitFor();
  await picture(page, "phone.png");
  expect(faults).toEqual([]);
  await context.close();

  const supervisor = await signIn(browser, node.url, demo, "supervisor");
  await supervisor.page.setViewportSize({ width: 1280, height: 560 });
  await supervisor.page.getByRole("navigation").getByRole("link", { name: "Board" }).click();
  await supervisor.page.getByRole("listitem").filter({ hasText: "Sepsis score rising" }).waitFor();
  await picture(supervisor.page, "board.png");
  await supervisor.context.close();
}, 240_000);
