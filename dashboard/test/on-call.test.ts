import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, signInAs, violations } from "../../testing/browser.ts";
import { demoUser, Person, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";
import { boundsOf, DAYS, daysLater, mondayOf } from "../src/lib/on-call/week.ts";

const HOUR = 3_600_000;
/** Where the schedule is; the browser is elsewhere. */
const ZONE = "America/New_York";
/** The week there, whatever the day is where the browser is, and the one after it. */
const monday = (): string => mondayOf(new Date(), ZONE);
const nextMonday = (): string => daysLater(monday(), DAYS);
const NAMES: Record<string, string> = {
  "demo-clinician-1": "Demo Clinician One",
  "demo-clinician-2": "Demo Clinician Two",
};

const iso = (at: number): string => new Date(at).toISOString();

/** The next night in which a clock goes back, and when: in one of two zones half a year apart, so that it is within a year. */
function nextNightBack(): { zone: string; change: number } {
  const nights = [ZONE, "Australia/Lord_Howe"].map((zone) => {
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
    const minutes = (at: number): number => {
      const [hour = 0, minute = 0] = clock.format(at).split(":").map(Number);
      return 60 * hour + minute;
    };
    let change = Math.ceil(Date.now() / HOUR) * HOUR + 24 * HOUR;
    // A minute before it the clock shows more.
    while (minutes(change) >= minutes(change - 60_000) || minutes(change) === 0) change += HOUR / 2;
    return { zone, change };
  });
  return nights.reduce((one, other) => (other.change < one.change ? other : one));
}

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
    // So that both have turns in the week, on whatever day of it the test runs.
    const weekAgo = new Date(Date.now() - DAYS * 24 * HOUR).toISOString().slice(0, 13);
    const layer = {
      ...{ name: "Days", people: [mine?.user_id, theirs?.user_id] },
      ...{ starts: `${weekAgo}:00`, rule: "FREQ=DAILY" },
    };
    const made = await post("/api/schedules", {
      territory_id,
      name: "Nephrology",
      zone: ZONE,
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
    await page.goto(`${node.url}/on-call?week=${monday()}`);
    const lane = page.getByRole("list", { name: "Shifts of Nephrology" });
    await lane.waitFor();
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
      .getByRole("button", { name: /, override/ })
      .first()
      .waitFor();

    await page.getByRole("button", { name: /^Take back/ }).click();
    await page.getByText("The override is taken back.").waitFor({ state: "attached" });
    await page.getByRole("button", { name: /^Take back/ }).waitFor({ state: "detached" });

    // The next week lies ahead as a whole.
    await page.getByRole("link", { name: "Later" }).click();
    await page.waitForURL(new RegExp(`week=${nextMonday()}`));
    await lane.scrollIntoViewIfNeeded();
    const box = await lane.boundingBox();
    if (box === null) throw new Error("no lane");
    const [start, end] = [boundsOf(nextMonday(), ZONE)[0], boundsOf(nextMonday(), ZONE).at(-1)];
    // The clocks may change on its Sunday.
    const hours = (Number(end) - Number(start)) / HOUR;
    const [day, y] = [(24 * box.width) / hours, box.y + box.height / 2];
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
  }, 240_000);

  it("lets somebody give away what is theirs alone, and shows it on a phone", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "clinician");
    await page.setViewportSize({ width: 375, height: 740 });
    await page.goto(`${node.url}/on-call?week=${monday()}`);
    const lane = page.getByRole("list", { name: "Shifts of Nephrology" });
    await lane.getByText(names(theirs)).first().waitFor();
    const own = await lane.getByRole("button").allInnerTexts();
    expect(own.every((text) => text.includes(names(mine)))).toBe(true);
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
    expect(faults).toEqual([]);
    await context.close();
  }, 240_000);

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
    const overrides = second.page.getByRole("list", { name: "Overrides to come in Nephrology" });
    await expect.poll(() => overrides.getByRole("listitem").count()).toBe(2);
    expect([first.faults, second.faults]).toEqual([[], []]);
    await first.context.close();
    await second.context.close();
  }, 240_000);

  it("gives just the while that was chosen in the night in which its zone's clock shows that time twice", async () => {
    const night = nextNightBack();
    const { territory_id } = targetOf(demoUser(demo, "supervisor"));
    const post = async (path: string, body: object): Promise<unknown> => {
      const headers = { "Content-Type": "application/json" };
      const made = await supervisor.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
      expect(made.status).toBe(201);
      return await made.json();
    };
    const layer = { name: "All", people: [theirs?.user_id], starts: "2026-01-05T08:00", rule: "FREQ=WEEKLY" };
    const made = await post("/api/schedules", {
      ...{ territory_id, name: "Nights", zone: night.zone, layers: [layer] },
    });
    const { schedule_id } = z.object({ schedule_id: z.string() }).parse(made);
    const path = `/api/schedules/${schedule_id}/overrides`;
    // The second time that the clock shows it.
    const whole = { starts_at: iso(night.change), ends_at: iso(night.change + HOUR / 2) };
    await post(path, { user_id: mine?.user_id, ...whole });

    const { page, context, faults } = await signIn(browser, node.url, demo, "supervisor");
    await page.goto(`${node.url}/on-call?week=${mondayOf(new Date(night.change), night.zone)}`);
    const shift = page
      .getByRole("list", { name: "Shifts of Nights" })
      .getByRole("button", { name: /, override/ });
    await shift.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    // The name of its time tells it from the first.
    expect(await dialog.getByLabel("From").getAttribute("aria-describedby")).not.toBeNull();
    await dialog.getByLabel("Who takes it").selectOption(theirs?.user_id ?? "");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    const { overrides } = z
      .object({
        overrides: z.array(
          z.object({
            person: z.object({ user_id: z.string() }),
            starts_at: z.string(),
            ends_at: z.string(),
          }),
        ),
      })
      .parse(await (await supervisor.fetch(path)).json());
    const given = overrides.filter(({ person }) => person.user_id === theirs?.user_id);
    expect(given.map(({ starts_at, ends_at }) => ({ starts_at, ends_at }))).toEqual([whole]);
    expect(faults).toEqual([]);
    await context.close();
  }, 240_000);

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
  }, 240_000);

  it("has a supervisor make a schedule and a role of it, change them, and read a calendar in, by the keyboard", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "supervisor");
    await page.goto(`${node.url}/on-call`);
    const press = async (name: string): Promise<void> => {
      await page.getByRole("button", { name, exact: true }).focus();
      await page.keyboard.press("Enter");
    };
    await press("New schedule");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Save" }).click();
    // Nothing is sent while a field has a fault, and the first of them has the focus.
    await dialog.getByText("Enter a name.").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.type("Dialysis");
    await dialog.getByLabel("Time zone").fill("Europe/London");
    const adding = dialog.getByLabel("Who takes turns");
    for (const who of [theirs, mine, mine]) await adding.selectOption({ label: names(who) });
    await dialog.getByRole("button", { name: `Remove ${names(mine)}, turn 3` }).press("Enter");
    await dialog.getByRole("button", { name: `Move ${names(mine)} up, turn 2` }).press("Enter");
    await dialog.getByLabel("Hands over every").fill("2");
    await dialog.getByLabel("What turns of layer Weeks are counted in").selectOption("days");
    await dialog.getByLabel("Who is told in a gap").selectOption("person");
    await dialog.getByRole("button", { name: "Only at some hours, layer Weeks" }).press("Enter");
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Save" }).press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.getByText("Dialysis is saved.").waitFor({ state: "attached" });

    await press("New role");
    await dialog.getByLabel("Name").fill("Dialysis on call");
    await dialog.getByLabel("Id", { exact: true }).fill("dialysis-on-call");
    await dialog.getByLabel("Goes by the schedule").selectOption({ label: "Dialysis" });
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Save" }).press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("region", { name: "On call now" }).getByText("Dialysis on call").waitFor();

    const [made] = z
      .object({ schedules: z.array(z.looseObject({ name: z.string(), layers: z.array(z.unknown()) })) })
      .parse(await (await supervisor.fetch("/api/schedules")).json())
      .schedules.filter(({ name }) => name === "Dialysis");
    expect(made).toMatchObject({
      zone: "Europe/London",
      layers: [
        {
          people: [mine?.user_id, theirs?.user_id],
          rule: "FREQ=DAILY;INTERVAL=2",
          hours: [{ days: ["MO", "TU", "WE", "TH", "FR"], from: "08:00", to: "17:00" }],
        },
      ],
      roles: ["dialysis-on-call"],
    });

    await press("Change Dialysis");
    await dialog.getByRole("button", { name: "Remove hours 1 of layer Weeks" }).press("Enter");
    await dialog.getByRole("button", { name: "Save" }).press("Enter");
    await dialog.waitFor({ state: "detached" });
    const now = page.getByRole("region", { name: "On call now" }).locator("dl > div");
    await now
      .filter({ hasText: "Dialysis on call" })
      .getByText(/Demo Clinician/)
      .waitFor();

    await press("Read a calendar for Dialysis");
    await dialog.getByLabel("From").selectOption("file");
    await dialog.getByLabel("File of iCalendar (.ics)").setInputFiles({
      name: "rota.ics",
      mimeType: "text/calendar",
      buffer: Buffer.from(calendarOf(mine?.user_id ?? "")),
    });
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Read it" }).press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.getByText("The calendar is read: 1 shift.").waitFor({ state: "attached" });

    await press("Address for calendars of Dialysis");
    await page.getByRole("button", { name: "Make address" }).press("Enter");
    await page.getByText(/\/api\/calendars\//).waitFor();
    await page.getByRole("button", { name: "I have kept it" }).press("Enter");
    await press("End address of Dialysis");
    await page.getByRole("button", { name: "End address", exact: true }).press("Enter");
    await page.getByRole("button", { name: "Address for calendars of Dialysis", exact: true }).waitFor();

    // Roles go by it, so it stays, and the page says why.
    await press("Delete Dialysis");
    const asked = page.getByRole("alertdialog");
    await asked.getByRole("button", { name: "Delete schedule" }).press("Enter");
    await asked.getByText(/dialysis-on-call/).waitFor();
    await page.keyboard.press("Escape");
    await asked.waitFor({ state: "detached" });
    await press("Delete Dialysis on call");
    await asked.getByRole("button", { name: "Delete role" }).press("Enter");
    await asked.waitFor({ state: "detached" });
    await press("Delete Dialysis");
    await asked.getByRole("button", { name: "Delete schedule" }).press("Enter");
    await asked.waitFor({ state: "detached" });
    await page.getByRole("heading", { name: "Dialysis" }).waitFor({ state: "detached" });
    // What was refused; and what a page that was loading asked of a schedule just deleted.
    expect(faults.filter((fault) => !fault.includes("404"))).toEqual([expect.stringContaining("409")]);
    await context.close();
  }, 240_000);
});
