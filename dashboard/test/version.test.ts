import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violationsEverywhere } from "../../testing/browser.ts";
import { demoUser, Person, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";

let node: Program;
let demo: Demo;
let browser: Browser;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ node, demo, browser, close } = await openDashboard());
});
afterAll(() => close());

const post = async (body: object): Promise<string> => {
  const to = targetOf(demoUser(demo, "clinician"));
  return (await send(node.url, demo.api_key, { ...to, message: "Repeat.", ...body }, { Prefer: "wait=20" }))
    .body.notification_id;
};

/** The server has a newer dashboard from now on, and comes back after a moment without it. */
async function replaceServer(page: Page, context: BrowserContext): Promise<void> {
  await context.route("**/_app/version.json", (route) => route.fulfill({ json: { version: "newer" } }));
  const asked = page.waitForResponse("**/_app/version.json");
  await context.setOffline(true);
  await page
    .getByText(/^(Offline|Reconnecting|Not live)/)
    .first()
    .waitFor();
  await context.setOffline(false);
  await asked;
}

const mark = (page: Page) => page.evaluate("globalThis.same = true");
const isSame = (page: Page): Promise<boolean> => page.evaluate("globalThis.same === true");

it("tells calmly of a new version, which moves no row, and reloads by a click alone", async () => {
  const id = await post({ title: "Bed 4" });
  const { page, context } = await signIn(browser, node.url, demo, "clinician");
  const row = page.locator(`article[data-notification-id="${id}"]`);
  await row.waitFor();
  await page.locator('[data-connection="live"]').waitFor();
  const search = page.getByRole("searchbox");
  await search.fill("b");
  await mark(page);
  const place = await row.boundingBox();

  await replaceServer(page, context);
  const words = page.getByRole("status").getByText("A new version is ready.");
  await words.waitFor();
  expect(await row.boundingBox()).toEqual(place);
  expect(await violationsEverywhere(page)).toEqual([]);
  await page.getByRole("button", { name: "Later" }).click();
  await words.waitFor({ state: "detached" });
  expect([await isSame(page), await search.inputValue()]).toEqual([true, "b"]);

  await page.reload();
  await mark(page);
  await words.waitFor();
  await context.unroute("**/_app/version.json");
  const asked = page.waitForResponse("**/_app/version.json");
  await page.getByRole("button", { name: "Reload" }).click();
  await asked;
  await page.locator('[data-connection="live"]').waitFor();
  expect([await isSame(page), await words.count()]).toEqual([false, 0]);
  await context.close();
}, 240_000);

it("is taken by a screen on a wall by itself, but not while something new waits there", async () => {
  const id = await post({ title: "Potassium 6.8", priority: "critical", category: "patient_alert" });
  const admin = await Person.signIn(node.url, demoUser(demo, "admin"));
  const made = await admin.fetch("/api/walls", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      name: "Corridor",
      territory_id: targetOf(demoUser(demo, "clinician")).territory_id,
    }),
  });
  const { code } = await made.json();
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
  context.setDefaultTimeout(90_000);
  const wall = await context.newPage();
  await wall.goto(`${node.url}/wall`);
  await wall.getByLabel("Code").fill(code);
  await wall.getByRole("button", { name: "Show the board" }).click();
  await wall.getByText("Potassium 6.8").waitFor();
  await wall.getByText(/^Live ·/).waitFor();
  await mark(wall);

  await replaceServer(wall, context);
  await wall.getByText(/^Live ·/).waitFor();
  // It asked for the board again meanwhile, and stayed.
  await wall.waitForResponse("**/api/wall");
  await wall.waitForResponse("**/api/wall");
  expect(await isSame(wall)).toBe(true);
  const clinician = await Person.signIn(node.url, demoUser(demo, "clinician"));
  await clinician.act(id, "acknowledge");
  await expect.poll(() => isSame(wall).catch(() => true), { timeout: 60_000 }).toBe(false);
  await wall.getByText("Nothing waits for an acknowledgement.").waitFor();
  await context.close();
}, 240_000);
