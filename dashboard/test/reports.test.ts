import type { Browser } from "playwright-core";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
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

it("shows supervisors how soon alerts were answered, by category or hour, and as a file", async () => {
  const { page, context, faults } = await signIn(browser, node.url, demo, "supervisor");
  await page.getByRole("link", { name: "Reports" }).click();
  await page.getByText("Nothing of this in the last 28 days.").waitFor();

  const clinician = await Person.signIn(node.url, demoUser(demo, "clinician"));
  for (const acknowledged of [true, false]) {
    const alert = { message: "K+ 6.8", category: "patient_alert", priority: "critical" };
    const body = { ...targetOf(demoUser(demo, "clinician")), ...alert };
    const { notification_id } = (await send(node.url, demo.api_key, body, { Prefer: "wait=20" })).body;
    const path = `/api/notifications/${notification_id}/acknowledge`;
    if (acknowledged) expect((await clinician.fetch(path, { method: "POST" })).status).toBe(200);
  }
  await page.reload();
  const row = page.getByRole("row", { name: "Patient alert" });
  await row.waitFor();
  const cells = (await row.getByRole("cell").allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " "));
  expect(cells[0]).toBe("2");
  const figure = page.getByRole("region", { name: "Time to acknowledge, by category" });
  await figure.locator("svg rect").first().waitFor();
  expect(cells[4]).toMatch(/^\d.* s 90 %: \d.* s 1 of 2$/);
  expect(await violations(page)).toEqual([]);

  await page.getByLabel("By", { exact: true }).selectOption({ label: "Hour of the day" });
  await page
    .getByRole("rowheader", { name: /^\d\d:00 to \d\d:00$/ })
    .first()
    .waitFor();
  await page.waitForURL(/\?by=hour$/);
  await page.getByLabel("From").fill("2020-01-01");
  await page.getByLabel("From").press("Enter");
  await page.getByRole("alert").getByText("1830 days").waitFor();
  expect(await violations(page)).toEqual([]);

  await page.getByLabel("From").fill("");
  await page.getByLabel("From").press("Enter");
  await page.getByRole("rowheader").first().waitFor();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  const lines = (await readFile(await (await saved).path(), "utf8")).split("\r\n");
  expect(lines[0]).toMatch(/^group,alerts,escalated,/);
  expect(lines[1]).toMatch(/^\d\d,/);

  await page.getByLabel("Report").selectOption({ label: "Load" });
  await page.getByRole("columnheader", { name: "Dismissed unread" }).waitFor();
  await page.getByLabel("By", { exact: true }).selectOption({ label: "Role" });
  const clinicians = page.getByRole("row", { name: "Clinicians" });
  await clinicians.waitFor();
  expect((await clinicians.getByRole("cell").allInnerTexts()).slice(0, 4)).toEqual(["1", "2", "2", "1"]);
  await page.waitForURL(/\?report=load$/);
  expect(await violations(page)).toEqual([]);
  // The days that were too many.
  expect(faults.filter((fault) => !fault.includes("status of 422"))).toEqual([]);
  await context.close();
}, 240_000);
