import { randomUUID } from "node:crypto";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violationsEverywhere } from "../../testing/browser.ts";
import type { Program } from "../../testing/program.ts";

let node: Program;
let demo: Demo;
let browser: Browser;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ node, demo, browser, close } = await openDashboard({}, { role: "api" }));
});
afterAll(() => close());

it("says in words what a policy does while it is written, and warns of a step that reaches nobody, by keyboard", async () => {
  const { page, context, faults } = await signIn(browser, node.url, demo, "supervisor");
  await page.setViewportSize({ width: 1440, height: 900 });
  const mark = randomUUID().slice(0, 4);
  const [night, team] = [`Night ${mark}`, `Rapid response ${mark}`];
  const tried: string[] = [];
  page.on("request", (request) => request.url().endsWith("/reach") && tried.push(request.url()));
  await page.getByRole("link", { name: "Escalation" }).click();
  await page.getByRole("button", { name: "New policy" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "New policy" });
  await dialog.getByLabel("Name", { exact: true }).fill(night);
  const story = dialog.getByRole("region", { name: "If nobody acknowledges" }).getByRole("listitem");
  const told = async (): Promise<string[]> =>
    (await story.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, " ").trim());
  await expect
    .poll(told)
    .toEqual([
      "02:00 PM sent",
      "02:10 PM the supervisors (Demo Supervisor North)",
      "then the last resort, again and again",
    ]);

  const first = dialog.getByRole("group", { name: "Step 1", exact: true });
  await first.getByLabel("After sending").fill("5");
  await first.getByLabel("Tell").focus();
  await page.keyboard.type("The recipient");
  expect(await first.getByRole("checkbox").count()).toBe(0);
  await first.getByLabel("By", { exact: true }).selectOption({ label: "These channels" });
  // A choice of channels needs one.
  await dialog.getByRole("button", { name: "Save" }).click();
  await first.getByText("Choose a channel, or every channel.").waitFor();
  await first.getByRole("checkbox", { name: "Dashboard (live)" }).press("Space");
  await dialog.getByRole("button", { name: "Add a step" }).press("Enter");
  const second = dialog.getByRole("group", { name: "Step 2", exact: true });
  await second.getByLabel("Tell").selectOption({ label: "A person" });
  await second.getByLabel("Person").selectOption({ label: "Demo Clinician Two" });
  await dialog.getByLabel("Walk the steps again").fill("2");
  await expect
    .poll(told)
    .toEqual([
      "02:00 PM sent",
      "02:05 PM the recipient again, by Dashboard (live)",
      "02:15 PM Demo Clinician Two",
      "02:45 PM all of it 2 times more by then",
      "then the last resort, again and again",
    ]);

  const supervisor = page.request;
  const headers = { Origin: node.url };
  const topic = { territory_id: "north-hospital", topic: `team-${mark}`, name: team };
  expect((await supervisor.post(`${node.url}/api/topics`, { data: topic, headers })).status()).toBe(201);
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  const card = page.getByRole("region", { name: night, exact: true });
  await card.getByRole("button", { name: "Edit" }).press("Enter");
  const editor = page.getByRole("dialog", { name: "Change the policy" });
  const step = editor.getByRole("group", { name: "Step 1", exact: true });
  expect(await step.getByRole("checkbox", { name: "Dashboard (live)" }).isChecked()).toBe(true);
  await step.getByLabel("Tell").selectOption({ label: "A topic" });
  await step.getByLabel("Topic").selectOption({ label: team });
  await editor.getByText("This topic has nobody who can be told now.").waitFor();
  expect(await violationsEverywhere(page)).toEqual([]);
  await step.getByLabel("By", { exact: true }).selectOption({ label: "Every channel" });
  await editor.getByRole("button", { name: "Save" }).click();
  await editor.waitFor({ state: "detached" });
  await card.getByText(`tell the topic ${team} by every channel`).waitFor();
  await card.getByText("tell Demo Clinician Two by every channel").waitFor();
  // The list names them itself: whom the steps would reach is asked for by the editor alone.
  tried.length = 0;
  await page.reload();
  await card.getByText(`tell the topic ${team} by every channel`).waitFor();
  await page.waitForLoadState("networkidle");
  expect(tried).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
}, 240_000);
