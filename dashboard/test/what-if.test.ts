import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations, violationsEverywhere } from "../../testing/browser.ts";
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

it("shows a supervisor whom another policy would have told, as sentences, a table and a picture, by keyboard", async () => {
  const { page, context, faults } = await signIn(browser, node.url, demo, "supervisor");
  await page.getByRole("link", { name: "Reports" }).click();
  await page.getByRole("link", { name: "What if…" }).waitFor();
  await page.getByRole("link", { name: "Escalation" }).click();
  await page.getByRole("link", { name: "What if…" }).click();
  await page.getByRole("heading", { level: 1, name: "What if" }).waitFor();
  const main = page.getByRole("main");
  const compare = page.getByRole("button", { name: "Compare" });
  await compare.click();
  await main.getByText("Nothing arrived in this time.").waitFor();
  expect(await violations(page)).toEqual([]);

  const clinician = await Person.signIn(node.url, demoUser(demo, "clinician"));
  const alert = { ...targetOf(demoUser(demo, "clinician")), message: "K+ 6.8", priority: "critical" };
  const { notification_id } = (await send(node.url, demo.api_key, alert, { Prefer: "wait=20" })).body;
  const first = page.getByRole("group", { name: "Step 1", exact: true });
  await first.getByLabel("After sending").fill("1");
  await first.getByLabel("Unit of step 1").selectOption({ label: "seconds" });
  const changed = main.getByText("1 of them would have gone otherwise.");
  await expect
    .poll(
      async () => {
        await compare.press("Enter");
        await main.getByText("1 notification was compared.").waitFor();
        return await changed.count();
      },
      { timeout: 30_000 },
    )
    .toBe(1);
  await clinician.fetch(`/api/notifications/${notification_id}/acknowledge`, { method: "POST" });
  await compare.press("Enter");
  await main.getByText("Somebody would have been told once more.").waitFor();
  const table = page.getByRole("table", {
    name: "Notifications that would have gone otherwise, the latest first",
  });
  const cells = (await table.getByRole("cell").allInnerTexts()).map((text) =>
    text.replaceAll(/\s+/g, " ").trim(),
  );
  expect(cells[0]).toBe("Critical");
  expect(cells[2]).toMatch(/^at once: Demo Clinician/);
  expect(cells[3]).toMatch(/^at once: Demo Clinician.* after 1\.0 s: Demo Supervisor North/);
  const figure = page.getByRole("region", { name: "How soon others are told" });
  await figure.locator("svg rect.accent").last().waitFor();
  await figure.getByText("As a table").click();
  await figure.getByRole("row", { name: "within 1 minute · tried 1" }).waitFor();
  expect(await violationsEverywhere(page)).toEqual([]);

  // What can't be asked is said at its field.
  await page.getByLabel("From").fill("2020-01-01");
  await compare.click();
  await page.getByText("Choose 31 days at most.").waitFor();
  await page.getByLabel("From").fill("");
  await page.getByText("Choose a first and a last day.").waitFor();
  expect(faults).toEqual([]);
  await context.close();
}, 240_000);
