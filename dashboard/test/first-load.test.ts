import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn } from "../../testing/browser.ts";
import { demoUser, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";

let node: Program;
let demo: Demo;
let browser: Browser;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ node, demo, browser, close } = await openDashboard());
});
afterAll(() => close());

it("asks for the session and the list once as it is loaded, and shows the first alert high up on a phone", async () => {
  for (const [title, priority] of [
    ["Potassium 6.8", "critical"],
    ["Bed 4", "normal"],
  ])
    await send(
      node.url,
      demo.api_key,
      { ...targetOf(demoUser(demo, "clinician")), title, message: "Repeat.", priority },
      { Prefer: "wait=20" },
    );
  const { page, context, faults } = await signIn(browser, node.url, demo, "clinician");
  await page.setViewportSize({ width: 375, height: 812 });
  const asked: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith("/api/")) asked.push(`${request.method()} ${pathname}`);
  });
  await page.reload();
  await page.locator('[data-connection="live"]').waitFor();
  const first = page.locator("article[data-notification-id]").first();
  await first.getByText("Potassium 6.8").waitFor();
  await page.locator("article[data-notification-id]").nth(1).waitFor();
  await page.waitForLoadState("networkidle");
  const times = (call: string): number => asked.filter((one) => one === call).length;
  expect(times("GET /api/sessions")).toBe(1);
  expect(times("GET /api/notifications")).toBe(1);
  const box = await first.boundingBox();
  expect(box?.y).toBeLessThan(120);
  expect(faults).toEqual([]);
  await context.close();
}, 120_000);
