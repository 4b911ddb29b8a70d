import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import { demoUser, Person, send, targetOf } from "../../testing/client.ts";
import { aPolicy } from "../../testing/nouns.ts";
import type { Program } from "../../testing/program.ts";
import type { Site } from "../../testing/site.ts";

describe("the page of the alerts that nobody has acknowledged", () => {
  let site: Site;
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ site, node, demo, browser, close } = await openDashboard());
  });
  afterAll(() => close());

  const alert = async (which: number, extra: Record<string, unknown> = {}): Promise<string> => {
    const to = targetOf(demoUser(demo, "clinician", which));
    const body = { ...to, message: "K+ 6.8", category: "patient_alert", priority: "critical", ...extra };
    return (await send(node.url, demo.api_key, body, { Prefer: "wait=20" })).body.notification_id;
  };

  it("shows who was told and how far it got, by itself, and lets a supervisor end an alert", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "supervisor");
    const link = page.getByRole("navigation").getByRole("link", { name: /^Unanswered/ });
    await link.click();
    await page.getByText("No alert waits for an acknowledgement.").waitFor();
    expect(await violations(page)).toEqual([]);

    // From here on the page is left alone.
    const id = await alert(0);
    const row = page
      .getByRole("region", { name: /^Alerts that wait/ })
      .getByRole("row", { name: "Demo Clinician One" });
    await row.getByText("Nobody has seen it").waitFor();
    await row.getByText("has not seen it", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Unanswered 1 waiting for an acknowledgement" }).waitFor();
    const inbox = await signIn(browser, node.url, demo, "clinician");
    await inbox.page.locator("article").first().waitFor();
    await row.getByText("Steps to come").waitFor();
    await row.getByText("has seen it", { exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);

    await row.getByRole("button", { name: "End the alert to Demo Clinician One" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Write nothing about the patient.").waitFor();
    await dialog.getByRole("button", { name: "End the alert" }).click();
    await dialog.getByText("Give a reason.").waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByLabel("Reason").fill("Handled at the bedside");
    await dialog.getByRole("button", { name: "End the alert" }).click();
    await row.waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Unanswered", exact: true }).waitFor();
    const shown = await alert(0);
    await row.getByText("has seen it", { exact: true }).waitFor();
    const timeline = async (of: string, step: string) => {
      await page.goto(`${node.url}/notifications/${of}`);
      await page.getByRole("listitem").getByText(step).waitFor();
    };
    await timeline(shown, "saw it");
    await timeline(id, "A supervisor ended it, unacknowledged.");
    expect([faults, inbox.faults]).toEqual([[], []]);
    await Promise.all([context.close(), inbox.context.close()]);
  }, 240_000);

  it("says that the rules are used up, keeps its filters in the address, and names every territory to an admin", async () => {
    const steps = [{ after_seconds: 1, to: { recipient: true as const } }];
    const policy = await aPolicy(site, {
      territory: targetOf(demoUser(demo, "clinician", 2)).territory_id,
      rules: { steps, repeat: 0, acknowledgers: 1 },
      isDefault: false,
    });
    await alert(2, { escalation_policy_id: policy });
    await alert(1);
    const [first, second] = [demoUser(demo, "clinician", 2), demoUser(demo, "clinician", 1)];
    const { page, context, faults } = await signIn(browser, node.url, demo, "admin");
    await page.getByRole("link", { name: /^Unanswered \d+ waiting/ }).click();
    const rows = page.getByRole("table").locator("tbody tr");
    const used = rows.filter({ hasText: "Demo Clinician Three" });
    await used.getByText("The last resort is told every 10 minutes.").waitFor();
    await rows.filter({ hasText: "Demo Clinician Two" }).waitFor();
    const texts = await rows.allInnerTexts();
    const place = (name: string) => texts.findIndex((text) => text.includes(name));
    expect(place("Demo Clinician Three")).toBeLessThan(place("Demo Clinician Two"));
    await page.getByRole("definition").filter({ hasText: "1: rules used up" }).waitFor();
    expect(await page.getByRole("button", { name: /End the alert/ }).count()).toBe(0);
    await page.getByLabel("State").selectOption({ label: "Rules used up" });
    await rows.filter({ hasText: "Demo Clinician Two" }).waitFor({ state: "detached" });
    await page.waitForURL(/\?state=exhausted$/);
    await page.reload();
    await used.waitFor();
    expect(await rows.filter({ hasText: "Demo Clinician Two" }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);

    // The other territory's supervisor sees neither the alert nor its count.
    const supervisor = await Person.signIn(node.url, demoUser(demo, "supervisor"));
    const theirs = await (await supervisor.fetch("/api/unanswered")).text();
    expect([theirs.includes(first.user_id), theirs.includes(second.user_id)]).toEqual([false, true]);
    expect(faults).toEqual([]);
    await context.close();
  }, 240_000);

  it("keeps what it shows while the server doesn't answer, and says so", async () => {
    const id = await alert(0);
    const { page, context } = await signIn(browser, node.url, demo, "supervisor");
    await page.getByRole("link", { name: /^Unanswered/ }).click();
    const row = page.getByRole("row").filter({ has: page.locator(`a[href="/notifications/${id}"]`) });
    await row.waitFor();
    await context.setOffline(true);
    await page.getByRole("alert").getByText("Tocsin can't be reached.").waitFor();
    expect(await row.count()).toBe(1);
    await context.setOffline(false);
    await page.getByText("Tocsin can't be reached.").waitFor({ state: "detached" });
    await context.close();
  }, 240_000);

  it("keeps the place of what no longer waits until somebody tidies up", async () => {
    const [gone, left] = [await alert(0), await alert(1)];
    const { page, context, faults } = await signIn(browser, node.url, demo, "supervisor");
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole("link", { name: /^Unanswered/ }).click();
    const rowOf = (id: string) =>
      page.getByRole("row").filter({ has: page.locator(`a[href="/notifications/${id}"]`) });
    await rowOf(gone).waitFor();
    const order = () =>
      page
        .locator('tbody a[href^="/notifications/"]')
        .evaluateAll((all) => all.map((one) => one.getAttribute("href")));
    const before = await order();
    const clinician = await Person.signIn(node.url, demoUser(demo, "clinician", 0));
    await clinician.fetch(`/api/notifications/${gone}/acknowledge`, { method: "POST" });
    await rowOf(gone).getByText("No longer here").waitFor();
    expect(await rowOf(gone).getByRole("button", { name: /^End/ }).count()).toBe(0);
    expect(await order()).toEqual(before);
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: /^Take \d+ away/ }).press("Enter");
    await rowOf(gone).waitFor({ state: "detached" });
    expect(await rowOf(left).count()).toBe(1);
    expect(faults).toEqual([]);
    await context.close();
  }, 240_000);
});
