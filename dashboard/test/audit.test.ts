import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import type { Program } from "../../testing/program.ts";
import type { Site } from "../../testing/site.ts";
import { until } from "../../testing/until.ts";

let site: Site;
let node: Program;
let demo: Demo;
let browser: Browser;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ site, node, demo, browser, close } = await openDashboard({}, { role: "api" }));
});
afterAll(() => close());

it("verifies the record by a button, with a plain answer, and saves an export as it comes, by the keyboard", async () => {
  const { page, context, faults } = await signIn(browser, node.url, demo, "auditor");
  await page.getByRole("link", { name: "Audit", exact: true }).press("Enter");
  await page.getByText("Sealed", { exact: true }).first().waitFor();
  // The node anchors what it has sealed.
  await until(
    "there is an anchor file",
    () => existsSync(join(site.home, "audit-anchor.jsonl")) || undefined,
  );
  await page.getByRole("button", { name: "Verify the whole record" }).press("Enter");
  const whole =
    /Yes: [\d,]+ events? in [\d,]+ checkpoints? are as they were sealed, and the anchor file agrees/;
  await page.getByRole("main").getByText(whole).waitFor();
  await page.getByText("Whole", { exact: true }).waitFor();
  expect(await violations(page)).toEqual([]);

  await page.getByRole("button", { name: "Export …" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Export the record" });
  await dialog.getByLabel("Go on behind event").fill("no");
  await dialog.getByRole("button", { name: "Export" }).press("Enter");
  await dialog.getByText("Enter the number of an event.").waitFor();
  for (const width of [1_440, 375])
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height: 812 });
      await page.emulateMedia({ colorScheme });
      expect([width, colorScheme, await violations(page)]).toEqual([width, colorScheme, []]);
    }
  await dialog.getByLabel("Go on behind event").fill("");
  await dialog.getByLabel("Format").selectOption("ndjson");
  const downloading = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Export" }).press("Enter");
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("audit.ndjson");
  const text = await readFile(await download.path(), "utf8");
  const actions = text
    .trimEnd()
    .split("\n")
    .map((line) => String(JSON.parse(line).action));
  expect(actions).toContain("audit.verified");
  await dialog.waitFor({ state: "detached" });
  expect(faults).toEqual([]);
  await context.close();
}, 240_000);
