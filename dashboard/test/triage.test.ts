import pg from "pg";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import { demoUser, Person, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";
import type { Site } from "../../testing/site.ts";

/** Working through an inbox: by the keyboard, several at once, and where it holds thousands. */
let site: Site;
let node: Program;
let demo: Demo;
let browser: Browser;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ site, node, demo, browser, close } = await openDashboard());
});
afterAll(() => close());

const row = (page: Page, id: string): Locator => page.locator(`article[data-notification-id="${id}"]`);
const pane = (page: Page, id: string): Locator => page.locator(`[data-reading="${id}"]`);
const focused = (page: Page) => page.evaluate("document.activeElement.dataset.notificationId");

async function post(which: number, title: string, more: object = {}): Promise<string> {
  const body = { ...targetOf(demoUser(demo, "clinician", which)), title, message: "Repeat.", ...more };
  return (await send(node.url, demo.api_key, body, { Prefer: "wait=20" })).body.notification_id;
}

async function visit(which: number) {
  const visitor = await signIn(browser, node.url, demo, "clinician", which);
  await visitor.page.locator('[data-connection="live"]').waitFor();
  const person = await Person.signIn(node.url, demoUser(demo, "clinician", which));
  const statusOf = async (id: string): Promise<string> =>
    (await (await person.fetch(`/api/notifications/${id}`)).json()).status;
  return { ...visitor, person, statusOf };
}

it("shows a notification in two lines, what was hidden as chips, and when who is told next", async () => {
  const known = [{ kind: "name", value: "Zebulon Quillfeather" }];
  const message = "K+ 6.8 for Zebulon Quillfeather, bed 4.";
  const plain = await post(0, "Order scheduled", { message, known });
  const id = await post(0, "Potassium", { message, known, priority: "critical" });
  const { page, context, faults } = await visit(0);
  for (const one of [plain, id]) {
    const { height = 0 } = (await row(page, one).boundingBox()) ?? {};
    expect(height).toBeGreaterThanOrEqual(56);
    expect(height).toBeLessThanOrEqual(64);
    expect(await row(page, one).innerText()).toMatch(/K\+ 6\.8 for name hidden, bed 4\./);
    expect(await row(page, one).innerText()).not.toContain("[");
  }
  await row(page, plain).getByText("Demo service").waitFor();
  await row(page, id).getByText("Critical, unread.").waitFor({ state: "attached" });
  await row(page, id)
    .getByText(/^supervisors$/)
    .waitFor();
  await row(page, id)
    .getByText(/\d:\d\d/)
    .waitFor();

  await row(page, id).focus();
  await page.keyboard.press("Enter");
  await pane(page, id)
    .getByText(/^Unless somebody acknowledges it, supervisors are told in \d+:\d\d\.$/)
    .waitFor();
  expect(await row(page, id).getAttribute("aria-current")).toBe("true");
  expect(await page.getByRole("region", { name: "Potassium" }).count()).toBe(1);
  await pane(page, id).getByRole("button", { name: "Reveal original" }).press("Enter");
  const original = pane(page, id).getByRole("group", { name: "Original text" });
  const reason = pane(page, id).getByRole("button", { name: "Open", exact: true });
  await reason.or(original).first().waitFor();
  if (await reason.isVisible()) await reason.press("Enter");
  await original.locator("mark", { hasText: /^Zebulon Quillfeather$/ }).waitFor();
  expect(await original.innerText()).toContain(message);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violations(page)).toEqual([]);
  }
  await pane(page, id).getByRole("button", { name: "Acknowledge" }).press("Enter");
  await row(page, id).getByText("Taken by you").waitFor();
  expect(
    await pane(page, id)
      .getByText(/^Unless somebody/)
      .count(),
  ).toBe(0);
  expect(faults).toEqual([]);
  await context.close();
}, 240_000);

it("does every task by the keyboard alone, and nothing while somebody types", async () => {
  const [last, middle, first] = [await post(1, "Bed 1"), await post(1, "Bed 2"), await post(1, "Bed 3")];
  const { page, context, faults, statusOf } = await visit(1);
  await row(page, first).waitFor();
  await page.keyboard.press("j");
  expect(await focused(page)).toBe(first);
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowDown");
  expect(await focused(page)).toBe(last);
  await page.keyboard.press("k");
  expect(await focused(page)).toBe(middle);
  // One Tab leads out of the list, and back to the same row.
  await page.keyboard.press("Tab");
  expect(await focused(page)).toBe(undefined);
  await page.keyboard.press("Shift+Tab");
  expect(await focused(page)).toBe(middle);

  await page.keyboard.press("u");
  await expect.poll(() => statusOf(middle)).toBe("read");
  await page.keyboard.press("u");
  await expect.poll(() => statusOf(middle)).toBe("delivered");
  await page.keyboard.press("e");
  await expect.poll(() => statusOf(middle)).toBe("dismissed");
  await expect.poll(() => focused(page)).toBe(last);
  await page.getByRole("button", { name: "Undo dismissal" }).waitFor();
  await page.keyboard.press("z");
  await expect.poll(() => statusOf(middle)).toBe("read");
  await expect.poll(() => focused(page)).toBe(middle);

  await page.keyboard.press("s");
  const snooze = page.getByRole("dialog", { name: "Snooze" });
  await snooze.getByRole("button", { name: "Snooze until then" }).press("Enter");
  await snooze.getByText("Choose a day and a time.").waitFor();
  expect(await violations(page)).toEqual([]);
  const day = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
  await snooze.getByLabel("Until").fill(`${day}T07:05`);
  await page.keyboard.press("Enter");
  await snooze.waitFor({ state: "detached" });
  await page.getByText("Snoozed (1)").waitFor();

  await row(page, first).focus();
  await page.keyboard.press("Enter");
  await pane(page, first).waitFor();
  await page.keyboard.press("j");
  await pane(page, last).waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => focused(page)).toBe(last);
  expect(await pane(page, last).count()).toBe(0);
  await page.keyboard.press("a");
  await row(page, last).getByText("Taken by you").waitFor();

  await page.keyboard.press("/");
  await page.keyboard.type("bed ae 3?");
  expect(await page.getByRole("dialog").count()).toBe(0);
  expect(await page.getByRole("searchbox").inputValue()).toBe("bed ae 3?");
  await page.getByRole("searchbox").fill("BED 3");
  await page.keyboard.press("Enter");
  await row(page, last).waitFor({ state: "detached" });
  await row(page, first).waitFor();
  await page.getByRole("searchbox").fill("no such words");
  await page.keyboard.press("Enter");
  await page.getByText("Nothing has these words.").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).press("Enter");
  await row(page, first).waitFor();

  await row(page, first).focus();
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard" });
  await help.getByText("Acknowledge", { exact: true }).waitFor();
  expect(await violations(page)).toEqual([]);
  await help.getByRole("switch").press("Space");
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "detached" });
  const asked: string[] = [];
  page.on("request", (request) => request.method() === "POST" && asked.push(request.url()));
  await row(page, first).focus();
  await page.keyboard.press("a");
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => focused(page)).toBe(last);
  expect(asked).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
}, 240_000);

it("acts on several at once, on none that is critical, and brings back what was dismissed", async () => {
  const [one, two, three] = [await post(2, "Bed 1"), await post(2, "Bed 2"), await post(2, "Bed 3")];
  const critical = await post(2, "Potassium 6.8", { priority: "critical" });
  const { page, context, faults, statusOf } = await visit(2);
  await row(page, critical).focus();
  await page.keyboard.press("x");
  expect(await row(page, critical).getByRole("checkbox").count()).toBe(0);
  const bar = page.getByRole("region", { name: "Selected notifications" });
  expect(await bar.count()).toBe(0);
  for (const id of [one, two]) {
    await row(page, id).focus();
    await page.keyboard.press("x");
  }
  await bar.getByText("2 selected").waitFor();
  expect(await violations(page)).toEqual([]);
  await bar.getByRole("button", { name: "Acknowledge" }).press("Enter");
  for (const id of [one, two]) await expect.poll(() => statusOf(id)).toBe("acknowledged");
  expect(await statusOf(three)).toBe("delivered");
  await row(page, three).focus();
  await page.keyboard.press("x");
  await bar.getByRole("button", { name: "Select all" }).press("Enter");
  await bar.getByText("3 selected").waitFor();
  await bar.getByRole("button", { name: "Mark as read 1" }).press("Enter");
  await expect.poll(() => statusOf(three)).toBe("read");
  expect(await statusOf(critical)).toBe("delivered");

  for (const id of [one, two, three]) {
    await row(page, id).focus();
    await page.keyboard.press("x");
  }
  await bar.getByRole("button", { name: "Dismiss" }).press("Enter");
  const undo = page.getByRole("button", { name: "Undo dismissal" });
  await page.getByText("3 dismissed.").waitFor();
  await undo.press("Enter");
  await row(page, three).waitFor();
  for (const id of [one, two]) await expect.poll(() => statusOf(id)).toBe("acknowledged");
  await row(page, three).focus();
  await page.keyboard.press("e");
  await expect.poll(() => statusOf(three)).toBe("dismissed");

  // A way back from the list of all, also when nobody remembers.
  await page.getByRole("button", { name: "Close" }).last().press("Enter");
  await page.getByText("All", { exact: true }).click();
  await row(page, three).getByRole("heading").getByRole("button").press("Enter");
  await pane(page, three).getByRole("button", { name: "Bring back" }).press("Enter");
  await expect.poll(() => statusOf(three)).toBe("read");
  await pane(page, three).getByRole("button", { name: "Mark as unread" }).press("Enter");
  await expect.poll(() => statusOf(three)).toBe("delivered");
  expect(faults).toEqual([]);
  await context.close();
}, 240_000);

it("shows what was done before the server has said so, and takes it back where it says no", async () => {
  const id = await post(1, "Sodium 112", { priority: "critical" });
  const { page, context } = await visit(1);
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/acknowledge", async (route) => {
    await held;
    await route.fulfill({ status: 500, body: "{}" });
  });
  await row(page, id).waitFor();
  await row(page, id).focus();
  await page.keyboard.press("a");
  await page.getByRole("feed", { name: "Notifications" }).locator(`[data-notification-id="${id}"]`).waitFor();
  await row(page, id).getByText("Acknowledging…").waitFor();
  answer();
  const urgent = page.getByRole("region", { name: /^Needs acknowledgement/ });
  await urgent.getByText(/^Not acknowledged\./).waitFor();
  await page.getByText("Not acknowledged. Sodium 112").waitFor({ state: "attached" });
  await page.unrouteAll({ behavior: "wait" });
  await urgent.getByRole("button", { name: "Try again" }).press("Enter");
  await row(page, id).getByText("Taken by you").waitFor();
  await context.close();
}, 240_000);

it("tells times, counts down and snoozes by the server's clock where this computer's is an hour late", async () => {
  const { page, context, person } = await visit(1);
  await page.addInitScript(() => {
    const Real = Date;
    const late = () => Real.now() - 3_600_000;
    globalThis.Date = new Proxy(Real, {
      construct: (target, given, self) =>
        Reflect.construct(target, given.length === 0 ? [late()] : given, self) as Date,
      get: (target, name) => (name === "now" ? late : Reflect.get(target, name)),
    });
  });
  await page.reload();
  await page.locator('[data-connection="live"]').waitFor();
  const plain = await post(1, "Bed 12");
  const urgent = await post(1, "Lactate 7.1", { priority: "critical" });
  await row(page, plain).getByText("just now").waitFor();
  await expect.poll(() => row(page, urgent).innerText()).toMatch(/\n[0-5]:\d\d\n/);
  await row(page, plain).focus();
  await page.keyboard.press("s");
  await page
    .getByRole("dialog", { name: "Snooze" })
    .getByRole("button", { name: "15 minutes" })
    .press("Enter");
  await row(page, plain).waitFor({ state: "detached" });
  const minutes = async (): Promise<number> => {
    const { snoozed_until } = await (await person.fetch(`/api/notifications/${plain}`)).json();
    return Math.round((Date.parse(snoozed_until) - Date.now()) / 60_000);
  };
  // An act shows before the server has taken it.
  await expect.poll(minutes).toBe(15);
  await context.close();
}, 240_000);

it("holds ten thousand rows in a page of few elements, the first of them by one request", async () => {
  const bed = await post(0, "Bed 0");
  const owner = new pg.Client(site.databaseUrl);
  await owner.connect();
  await owner.query("ALTER TABLE notifications NO FORCE ROW LEVEL SECURITY");
  await owner.query(
    `INSERT INTO notifications SELECT (jsonb_populate_record(one, jsonb_build_object('id', gen_random_uuid(), 'title', 'Bed ' || n,
       'created_at', one.created_at - n * interval '1 second'))).* FROM notifications one, generate_series(1, 10000) n WHERE one.id = $1`,
    [bed],
  );
  await owner.query("ALTER TABLE notifications FORCE ROW LEVEL SECURITY");
  await owner.end();
  const { page, context, person } = await visit(0);
  const lists: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/api/notifications") lists.push(request.url());
  });
  await page.reload();
  await row(page, bed).waitFor();
  await page.locator('[data-connection="live"]').waitFor();
  expect(lists.every((url) => !url.includes("cursor"))).toBe(true);
  // Another follows once the live channel is there, so that nothing falls between the two.
  expect(lists.length).toBeLessThanOrEqual(2);
  const { unread } = await (await person.fetch("/api/notifications/counts")).json();
  expect(unread).toBeGreaterThan(10_000);
  await page
    .getByRole("navigation")
    .getByRole("link", { name: `Inbox ${unread} unread`, exact: true })
    .waitFor();
  const feed = page.getByRole("feed", { name: "Notifications" });
  const count = async () => (await feed.evaluate((list) => list.clientHeight)) / 60;
  // The end of what is loaded brings the next page, until all are.
  while (await page.getByRole("button", { name: /^Load/ }).count()) {
    const before = await count();
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await expect.poll(count).not.toBe(before);
  }
  expect(await count()).toBeGreaterThan(10_000);
  for (const at of [0, 0.5, 1]) {
    await page.evaluate(`scrollTo(0, document.body.scrollHeight * ${at})`);
    await expect.poll(() => page.locator("article").first().isVisible()).toBe(true);
    expect(Number(await page.evaluate("document.querySelectorAll('*').length"))).toBeLessThan(3_000);
  }
  await page.getByText("Bed 10000", { exact: true }).waitFor();
  const last = page.locator("article").last();
  expect(await last.getAttribute("aria-posinset")).toBe(await last.getAttribute("aria-setsize"));
  await context.close();
}, 300_000);
