import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import { demoUser, Person, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";

describe("the board", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ node, demo, browser, close } = await openDashboard());
  });
  afterAll(() => close());

  const alert = async (which: number, title: string): Promise<string> => {
    const to = targetOf(demoUser(demo, "clinician", which));
    const body = {
      ...to,
      title,
      message: "K+ 6.8 of Jane Whitfield",
      category: "patient_alert",
      priority: "critical",
    };
    return (await send(node.url, demo.api_key, body, { Prefer: "wait=20" })).body.notification_id;
  };
  const rowOf = (page: Page, title: string) => page.getByRole("listitem").filter({ hasText: title });
  const acknowledge = async (id: string): Promise<void> => {
    const clinician = await Person.signIn(node.url, demoUser(demo, "clinician"));
    await clinician.fetch(`/api/notifications/${id}/acknowledge`, { method: "POST" });
  };

  it("shows supervisors what waits by itself, by names, with the next step and whom it tells, whatever this clock says", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "supervisor");
    await page.getByRole("navigation").getByRole("link", { name: "Board" }).click();
    await page.getByText("Nothing waits for an acknowledgement.").waitFor();
    await page.getByText(/^Live · \d\d:\d\d:\d\d/).waitFor();
    expect(await violations(page)).toEqual([]);
    // A clock that is an hour off changes nothing.
    await page.evaluate(() => {
      const real = Date.now;
      Date.now = () => real() + 3_600_000;
    });
    const id = await alert(0, "High potassium");
    const row = rowOf(page, "High potassium");
    await row.waitFor();
    await row.getByText("Demo Clinician One").first().waitFor();
    await row.getByText("K+ 6.8 of name hidden").waitFor();
    await row.getByText(/^\d+ s$/).waitFor();
    await row.getByText(/^in \d:\d\d$/).waitFor();
    await row.getByText(/Demo Supervisor North, the only supervisor$/).waitFor();
    await row.getByText("Nobody has seen it").waitFor();
    expect(await page.getByText("demo-clinician-1").count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.getByLabel("Group by").selectOption({ label: "Person" });
    await page.getByRole("heading", { level: 2, name: "Demo Clinician One" }).waitFor();
    expect(new URL(page.url()).search).toBe("?by=person");
    await alert(2, "Elsewhere");
    await acknowledge(id);
    await row.waitFor({ state: "detached" });
    await page.getByText("Nothing waits for an acknowledgement.").waitFor();
    expect(faults).toEqual([]);
    await context.close();
  }, 240_000);

  it("hangs on a wall by a code, says that it is live and loudly when it isn't, and ends at once", async () => {
    const admin = await signIn(browser, node.url, demo, "admin");
    await admin.page.getByRole("navigation").getByRole("link", { name: "Territories" }).click();
    await admin.page.getByRole("button", { name: "New screen" }).click();
    const dialog = admin.page.getByRole("dialog");
    await dialog.getByLabel("Where it hangs").fill("Ward 3, corridor");
    await dialog.getByLabel("Territory whose alerts it shows").selectOption({ label: "North Hospital" });
    expect(await violations(admin.page)).toEqual([]);
    await dialog.getByRole("button", { name: "Make its code" }).click();
    const code = await admin.page.getByText(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/).innerText();
    expect(await violations(admin.page)).toEqual([]);
    await admin.page.getByRole("button", { name: "I have kept it" }).click();

    await alert(0, "High potassium");
    const context = await browser.newContext({
      viewport: { width: 1920, height: 1080 },
      colorScheme: "dark",
    });
    context.setDefaultTimeout(90_000);
    const wall = await context.newPage();
    await wall.goto(`${node.url}/wall`);
    await wall.getByLabel("Code").fill(code.toLowerCase());
    expect(await violations(wall)).toEqual([]);
    await wall.getByRole("button", { name: "Show the board" }).click();
    await rowOf(wall, "High potassium").getByText("Demo Clinician One").first().waitFor();
    await wall.getByText("K+ 6.8 of name hidden").waitFor();
    await wall.getByText(/^Live · \d\d:\d\d:\d\d/).waitFor();
    expect(await violations(wall)).toEqual([]);
    expect(await wall.locator("button, a, input, select").count()).toBe(0);
    // By it, others' wrong codes at the same address don't count against this screen.
    expect((await context.cookies()).map(({ name }) => name)).toContain("tocsin-visitor");
    const small = await wall.locator("main *").evaluateAll((all) =>
      all
        .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()))
        .filter(
          (one) =>
            !one.classList.contains("visually-hidden") &&
            Number.parseFloat(getComputedStyle(one).fontSize) < 24,
        )
        .map((one) => one.outerHTML),
    );
    expect(small).toEqual([]);

    await context.setOffline(true);
    await wall
      .getByRole("alert")
      .getByText(/^Not live since \d\d:\d\d:\d\d/)
      .waitFor();
    expect(await wall.getByText(/^Live ·/).count()).toBe(0);
    expect(await violations(wall)).toEqual([]);
    await context.setOffline(false);
    await wall.getByText(/^Live ·/).waitFor();
    // Not even the cookie's own page gets it anywhere else.
    await wall.reload();
    await rowOf(wall, "High potassium").waitFor();

    await admin.page.reload();
    await admin.page.getByRole("button", { name: "End Ward 3, corridor" }).click();
    await admin.page.getByRole("alertdialog").getByRole("button", { name: "End the screen" }).click();
    await wall.getByRole("heading", { name: "This screen was ended" }).waitFor();
    await wall.getByText(/^It shows nothing since \d\d:\d\d:\d\d/).waitFor();
    expect(await wall.getByText("High potassium").count()).toBe(0);
    await admin.page
      .getByRole("row", { name: /Ward 3/ })
      .getByText("Ended")
      .waitFor();
    expect(await violations(admin.page)).toEqual([]);
    await Promise.all([context.close(), admin.context.close()]);
  }, 240_000);
});
