import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../store/demo.ts";
import { openDashboard, signIn, type Visitor, violations } from "../testing/browser.ts";
import { demoUser, Person, send } from "../testing/client.ts";
import type { Program } from "../testing/program.ts";

/** The dashboard as people use it, in a real browser. */
describe("the dashboard", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ node, demo, browser, close } = await openDashboard());
  });
  afterAll(() => close());

  const visit = (role: string, which = 0): Promise<Visitor> => signIn(browser, node.url, demo, role, which);

  const live = (page: Page) => page.locator('[data-connection="live"]').waitFor();
  const card = (page: Page, id: string) => page.locator(`article[data-notification-id="${id}"]`);

  /** Opens one beside the list, by the keyboard: no click is taken within a moment after another row has come under it. */
  async function open(page: Page, id: string) {
    await card(page, id).getByRole("heading").getByRole("button").press("Enter");
    return page.locator(`[data-reading="${id}"]`);
  }

  async function post(message: string, extra: Record<string, unknown> = {}, which = 0): Promise<string> {
    const { user_id, territory_id } = demoUser(demo, "clinician", which);
    return (await send(node.url, demo.api_key, { user_id, territory_id, message, ...extra })).body
      .notification_id;
  }

  it("shows a send as it comes, its acknowledgement in the same person's other session, and nothing to another territory", async () => {
    const [one, two, elsewhere] = [
      await visit("clinician"),
      await visit("clinician"),
      await visit("clinician", 2),
    ];
    await Promise.all([live(one.page), live(two.page), live(elsewhere.page)]);

    const id = await post("Potassium 6.8 mmol/L, repeat now", {
      priority: "critical",
      category: "patient_alert",
      title: "Critical result",
    });
    await card(one.page, id).waitFor();
    await card(two.page, id).waitFor();
    await card(one.page, id).getByRole("button", { name: "Acknowledge" }).press("Enter");
    await card(two.page, id).getByText("Taken by you").first().waitFor();

    // A notification that does reach the other territory shows that the page had the time to show the first one.
    const theirs = await post("For the other territory", {}, 2);
    await card(elsewhere.page, theirs).waitFor();
    expect(await card(elsewhere.page, id).count()).toBe(0);
    expect(await card(one.page, theirs).count()).toBe(0);
    const stranger = await Person.signIn(node.url, demoUser(demo, "clinician", 2));
    for (const path of ["", "/deliveries"])
      expect((await stranger.fetch(`/api/notifications/${id}${path}`)).status).toBe(404);
    expect((await stranger.act(id, "acknowledge")).status).toBe(404);
    expect((await stranger.act(id, "reveal")).status).toBe(404);
    expect([one.faults, two.faults, elsewhere.faults]).toEqual([[], [], []]);
    await Promise.all([one, two, elsewhere].map(({ context }) => context.close()));
  });

  it("reveals the original to its recipient, and dismisses", async () => {
    const { page, context, faults } = await visit("clinician");
    await live(page);
    const id = await post("Call Zebulon Quillfeather, MRN 0099887766", {
      known: [{ kind: "name", value: "Zebulon Quillfeather" }],
    });
    await card(page, id).waitFor();
    expect(await card(page, id).innerText()).not.toContain("Quillfeather");
    const pane = await open(page, id);
    await pane.getByRole("button", { name: "Reveal original" }).click();
    await pane.getByText("Zebulon Quillfeather").waitFor();
    await pane.getByRole("button", { name: "Dismiss" }).click();
    await expect
      .poll(
        async () => (await (await context.request.get(`${node.url}/api/notifications/${id}`)).json()).status,
      )
      .toBe("dismissed");
    expect(faults).toEqual([]);
    await context.close();
  });

  it("shows what was sent as text alone, its direction kept to itself", async () => {
    const { page, context, faults } = await visit("clinician");
    await live(page);
    const markup = '<img src=x onerror="window.hit = 1"><script>window.hit = 1</script>';
    const id = await post(`${markup} \u202Eevil`, { title: "<b>bold</b>" });
    await card(page, id).waitFor();
    const pane = await open(page, id);
    for (const place of [card(page, id), pane]) {
      expect(await place.innerText()).toContain(markup);
      expect(await place.innerText()).toContain("<b>bold</b>");
      expect(await place.locator("img, script, b").count()).toBe(0);
    }
    expect(await page.evaluate("window.hit")).toBeUndefined();
    const text = pane.locator("[dir=auto]", { hasText: "evil" });
    const bidi = await text.evaluate((node) =>
      String(node.ownerDocument.defaultView?.getComputedStyle(node).unicodeBidi),
    );
    expect(bidi).toMatch(/isolate/);
    expect(faults).toEqual([]);
    await context.close();
  });

  it("says that the connection is lost, and catches up when it is back", async () => {
    const { page, context } = await visit("clinician", 1);
    await live(page);
    await context.setOffline(true);
    await page.locator('[data-connection="reconnecting"], [data-connection="offline"]').waitFor();
    const id = await post("Sent while this browser was offline", {}, 1);
    await context.setOffline(false);
    await card(page, id).waitFor();
    await live(page);
    expect(await card(page, id).count()).toBe(1);
    const pane = await open(page, id);
    await pane.getByRole("button", { name: "Dismiss" }).click();
    await context.close();
  });

  it("shows supervisors the delivery history and a notification's timeline, with the reason of a non-send", async () => {
    // Nobody holds a socket for this person: the live channel skips, and says why.
    const { user_id, territory_id } = demoUser(demo, "supervisor", 1);
    await send(
      node.url,
      demo.api_key,
      { user_id, territory_id, message: "Nobody is connected" },
      { Prefer: "wait=20" },
    );
    const { page, context, faults } = await visit("supervisor", 1);
    await page.getByRole("navigation").getByRole("link", { name: "Deliveries" }).click();
    await page.getByRole("table").waitFor();
    await page.getByRole("row").nth(1).getByRole("link").first().click();
    await page.getByText("had no live connection").first().waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it("has no accessibility violation that axe finds", async () => {
    const { page, context } = await visit("clinician", 1);
    await live(page);
    await post(
      "K+ 6.8 mmol/L on the 06:10 sample for Zebulon Quillfeather, bed 4. Repeat and call the lab.",
      { priority: "critical", category: "patient_alert", title: "Critical potassium" },
      1,
    );
    await post(
      "CT chest for your patient is scheduled for 14:30.",
      { category: "order_update", title: "Order scheduled" },
      1,
    );
    const last = await post(
      "The pharmacy system is read-only from 22:00 to 22:30.",
      { title: "Maintenance" },
      1,
    );
    await card(page, last).waitFor();
    expect(await violations(page)).toEqual([]);
    await context.close();

    const supervisor = await visit("supervisor");
    await supervisor.page.getByRole("navigation").getByRole("link", { name: "Deliveries" }).click();
    await supervisor.page.getByRole("table").waitFor();
    expect(await violations(supervisor.page)).toEqual([]);
    await supervisor.context.close();
    const anonymous = await browser.newContext();
    const signInPage = await anonymous.newPage();
    await signInPage.goto(node.url);
    await signInPage.getByLabel("Email").waitFor();
    expect(await violations(signInPage)).toEqual([]);
    await anonymous.close();
  });
});
