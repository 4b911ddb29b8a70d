import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, signInAs, violations } from "../../testing/browser.ts";
import { demoUser, Person, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";

const HOUR = 3_600_000;
const NAMES: Record<string, string> = {
  "demo-clinician-1": "Demo Clinician One",
  "demo-clinician-2": "Demo Clinician Two",
};

/** A calendar of two events: one of a person, and one of nobody's. */
const calendarOf = (person: string): string => {
  const at = (hours: number): string =>
    `${new Date(Date.now() + hours * HOUR).toISOString().slice(0, 13).replaceAll("-", "")}0000Z`;
  return ["locum", person]
    .map((who) => `BEGIN:VEVENT\nUID:${who}\nSUMMARY:${who}\nDTSTART:${at(1)}\nDTEND:${at(5)}\nEND:VEVENT\n`)
    .reduce(
      (text, event) => text.replace("END:VCALENDAR", `${event}END:VCALENDAR`),
      "BEGIN:VCALENDAR\nEND:VCALENDAR\n",
    );
};

describe("the page of who is on call", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;
  const names = (user: Demo["users"][number] | undefined): string => NAMES[user?.user_id ?? ""] ?? "";
  /** Two people of one territory, whose turns are a day each, and who has the first one. */
  let [mine, theirs]: Demo["users"] = [];
  let schedule: string;
  let supervisor: Person;

  beforeAll(async () => {
    ({ node, demo, browser, close } = await openDashboard());
    const boss = demoUser(demo, "supervisor");
    const { territory_id } = targetOf(boss);
    [mine, theirs] = demo.users.filter(
      (user) => user.role === "clinician" && user.territory_id === territory_id,
    );
    supervisor = await Person.signIn(node.url, boss);
    const post = async (path: string, body: object): Promise<unknown> =>
      await (
        await supervisor.fetch(path, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(body),
        })
      ).json();
    const yesterday = new Date(Date.now() - 24 * HOUR).toISOString().slice(0, 13);
    const layer = {
      ...{ name: "Days", people: [mine?.user_id, theirs?.user_id] },
      ...{ starts: `${yesterday}:00`, rule: "FREQ=DAILY;INTERVAL=2" },
    };
    const made = await post("/api/schedules", {
      territory_id,
      name: "Nephrology",
      zone: "America/New_York",
      layers: [layer],
    });
    schedule = z.object({ schedule_id: z.string() }).parse(made).schedule_id;
    const role = {
      territory_id,
      role: "nephrology-on-call",
      name: "Nephrology on call",
      schedule_id: schedule,
    };
    await post("/api/roles", role);
  });
  afterAll(() => close());

  it("says who is on call, and lets a supervisor have somebody take a while, by the keyboard and by drawing", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "supervisor");
    await page.getByRole("link", { name: "On call" }).click();
    const onCall = page.getByRole("region", { name: "On call now" });
    await onCall.getByText("Nephrology on call").waitFor();
    const lane = page.getByRole("list", { name: "Shifts of Nephrology" });
    expect(await violations(page)).toEqual([]);

    const shift = lane.getByRole("button").first();
    await shift.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    const other = (await onCall.locator("strong").innerText()) === names(mine) ? theirs : mine;
    await dialog.getByLabel("Who takes it").selectOption(other?.user_id ?? "");
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    await onCall.getByText(names(other)).waitFor();
    await lane
      .getByRole("button", { name: /, cover/ })
      .first()
      .waitFor();

    await page.getByRole("button", { name: /^Take back/ }).click();
    await page.getByText("The cover is taken back.").waitFor({ state: "attached" });
    await page.getByRole("button", { name: /^Take back/ }).waitFor({ state: "detached" });

    // The next week lies ahead as a whole.
    await page.getByRole("link", { name: "Later" }).click();
    await page.waitForURL(/week=/);
    await lane.scrollIntoViewIfNeeded();
    const box = await lane.boundingBox();
    if (box === null) throw new Error("no lane");
    const [day, y] = [box.width / 7, box.y + box.height / 2];
    await page.mouse.move(box.x + 2 * day, y);
    await page.mouse.down();
    await page.mouse.move(box.x + 2.5 * day, y, { steps: 4 });
    await page.mouse.up();
    expect(await dialog.getByLabel("From").inputValue()).toMatch(/T00:00$/);
    expect(await dialog.getByLabel("To", { exact: true }).inputValue()).toMatch(/T12:00$/);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(faults).toEqual([]);
    await context.close();
  }, 180_000);

  it("lets somebody give away what is theirs alone, and shows it on a phone", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "clinician");
    await page.setViewportSize({ width: 375, height: 740 });
    await page.goto(`${node.url}/on-call`);
    const lane = page.getByRole("list", { name: "Shifts of Nephrology" });
    await lane.getByText(names(theirs)).first().waitFor();
    const own = await lane.getByRole("button").allInnerTexts();
    expect(own.every((text) => text.includes(names(mine)))).toBe(true);
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
    expect(faults).toEqual([]);
    await context.close();
  }, 180_000);

  it("has somebody offer a swap by the keyboard, and the other one accept it", async () => {
    const first = await signIn(browser, node.url, demo, "clinician");
    await first.page.goto(`${node.url}/on-call`);
    await first.page.getByRole("link", { name: "Later" }).click();
    await first.page.waitForURL(/week=/);
    const shift = first.page.getByRole("list", { name: "Shifts of Nephrology" }).getByRole("button").last();
    await shift.focus();
    await first.page.keyboard.press("Enter");
    const dialog = first.page.getByRole("dialog");
    await dialog.getByLabel("Who takes it").selectOption({ label: names(theirs) });
    const act = dialog.getByLabel("What they do");
    await act.focus();
    await first.page.keyboard.press("ArrowDown");
    await dialog.getByLabel("Their turn").waitFor();
    expect(await violations(first.page)).toEqual([]);
    await dialog.getByRole("button", { name: "Save" }).focus();
    await first.page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await first.page.getByText(`The swap is offered to ${names(theirs)}.`).waitFor({ state: "attached" });
    const offers = first.page.getByRole("list", { name: "Swaps offered in Nephrology" });
    await offers.getByRole("button", { name: /^Take the offer back/ }).waitFor();
    expect(await offers.getByRole("button", { name: /^Accept/ }).count()).toBe(0);

    if (theirs === undefined) throw new Error("no colleague");
    const second = await signInAs(browser, node.url, theirs);
    await second.page.goto(`${node.url}/on-call`);
    const accept = second.page.getByRole("button", { name: /^Accept the swap/ });
    await accept.waitFor();
    expect(await violations(second.page)).toEqual([]);
    await accept.focus();
    await second.page.keyboard.press("Enter");
    await second.page.getByText("The turns are swapped.").waitFor({ state: "attached" });
    await accept.waitFor({ state: "detached" });
    const cover = second.page.getByRole("list", { name: "Cover to come in Nephrology" });
    expect(await cover.getByRole("listitem").count()).toBe(2);
    expect([first.faults, second.faults]).toEqual([[], []]);
    await first.context.close();
    await second.context.close();
  }, 180_000);

  it("says where a schedule's shifts are from, and supervisors which events make none", async () => {
    const imported = await supervisor.fetch(`/api/schedules/${schedule}/calendar`, {
      method: "POST",
      headers: { "Content-Type": "text/calendar" },
      body: calendarOf(mine?.user_id ?? ""),
    });
    expect(imported.status).toBe(200);
    const boss = await signIn(browser, node.url, demo, "supervisor");
    await boss.page.goto(`${node.url}/on-call`);
    await boss.page.getByText(/^Shifts from a file, read/).waitFor();
    await boss.page.getByText("1 event makes no shift").click();
    await boss.page.getByText(/locum.*nobody here is meant by it/).waitFor();
    expect(await violations(boss.page)).toEqual([]);
    expect(boss.faults).toEqual([]);
    await boss.context.close();
    const clinician = await signIn(browser, node.url, demo, "clinician");
    await clinician.page.goto(`${node.url}/on-call`);
    await clinician.page.getByText(/^Shifts from a file, read/).waitFor();
    expect(await clinician.page.getByText(/makes no shift/).count()).toBe(0);
    expect(clinician.faults).toEqual([]);
    await clinician.context.close();
    await supervisor.fetch(`/api/schedules/${schedule}/calendar`, { method: "DELETE" });
  }, 180_000);
});
