import { generate } from "otplib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { actAs } from "../../store/db/knex.ts";
import type { Demo } from "../../store/demo.ts";
import { countFailure } from "../../store/notifications/troubles.ts";
import { openDashboard, signIn, signInAs, violations, violationsEverywhere } from "../../testing/browser.ts";
import { demoUser, Person, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";
import type { Site } from "../../testing/site.ts";
import { until } from "../../testing/until.ts";

/** The pages of each role, beside those that everybody has. */
const PAGES: Record<string, string[]> = {
  clinician: ["Inbox", "On call", "Emergency"],
  supervisor: [
    "Inbox",
    "Board",
    "Unanswered",
    "Deliveries",
    "Failed work",
    "Reports",
    "Escalation",
    "On call",
    "Topics",
    "Redaction",
    "Emergency",
  ],
  admin: ["Unanswered", "Failed work", "Examples", "People", "Territories", "Services", "Webhooks"],
  auditor: ["Audit"],
};

/** Time for a walk through many pages, each searched by axe, on a machine that does other work too; ms. */
const WALK = 180_000;

describe("the dashboard's pages", () => {
  let site: Site;
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ site, node, demo, browser, close } = await openDashboard());
  });
  afterAll(() => close());

  it.each(Object.entries(PAGES))(
    "leads the %s to %j, each without a violation that axe finds",
    async (role, own) => {
      const { page, context, faults } = await signIn(browser, node.url, demo, role);
      const links = page.getByRole("navigation", { name: "Main" }).getByRole("link");
      const names = [...own, "Preferences", "System"];
      await links.nth(names.length - 1).waitFor();
      expect((await links.allInnerTexts()).map((text) => text.replace(/\d.*/s, "").trim())).toEqual(names);
      for (const name of [...names, "Account"]) {
        await page.getByRole("link", { name }).first().click();
        await page.getByRole("heading", { level: 1, name }).waitFor();
        expect([name, await violations(page)]).toEqual([name, []]);
      }
      expect(faults).toEqual([]);
      await context.close();
    },
    WALK,
  );

  it("turns others away from a page that is not theirs", async () => {
    const { page, context } = await signIn(browser, node.url, demo, "clinician");
    const theirs = [
      "/audit",
      "/people",
      "/territories",
      "/services",
      "/webhooks",
      "/escalation",
      "/what-if",
      "/topics",
      "/redaction",
      "/examples",
    ];
    for (const path of ["/board", "/unanswered", "/failed", ...theirs]) {
      await page.goto(node.url + path);
      await page.getByRole("heading", { name: "This page can't be shown" }).waitFor();
    }
    await context.close();
  });

  it("lets a supervisor mark what was missed, and an administrator see it without its values", async () => {
    const boss = await signIn(browser, node.url, demo, "supervisor");
    await boss.page.getByRole("link", { name: "Redaction" }).click();
    await boss.page
      .getByLabel("Text", { exact: true })
      .fill("the lantern in bed 4 spoke to Zebulon Quillfeather");
    await boss.page.getByRole("button", { name: "Try it" }).click();
    await boss.page.getByLabel("These words", { exact: true }).fill("lantern in bed");
    await boss.page.getByRole("button", { name: "Mark it" }).click();
    await boss.page.getByText("Administrators see it with all values replaced").waitFor();
    expect(await violations(boss.page)).toEqual([]);
    await boss.context.close();

    const admin = await signIn(browser, node.url, demo, "admin");
    await admin.page.getByRole("link", { name: "Examples" }).click();
    await admin.page.getByText("the {name:@first @last} 4 spoke to {name:@first @last}").waitFor();
    expect(await admin.page.getByText("Quillfeather").count()).toBe(0);
    expect(await violations(admin.page)).toEqual([]);
    await admin.page.getByRole("button", { name: "Remove" }).click();
    await admin.page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
    await admin.page.getByText("Nothing has been marked yet.").waitFor();
    await admin.context.close();
  });

  it("shows a supervisor what failed, and has the chosen done again by keyboard", async () => {
    const target = targetOf(demoUser(demo, "clinician"));
    const { page, context } = await signIn(browser, node.url, demo, "supervisor");
    await page.getByRole("link", { name: "Failed work" }).click();
    await page.getByText("Nothing failed that was not mended.").waitFor();

    const ids: string[] = [];
    for (const message of ["Bed 3", "Bed 4"]) {
      const { body } = await send(node.url, demo.api_key, { ...target, message });
      ids.push(body.notification_id);
      for (let n = 0; n < 10; n += 1) await countFailure(site.knex, "expire", body.notification_id, "P0001");
    }
    const [first, second] = [must(ids[0], "id"), must(ids[1], "id")];
    await page.reload();
    const table = page.getByRole("table", { name: "Failed work, the latest first" });
    const row = (id: string) => table.getByRole("row", { name: id });
    await row(first).getByText("It could not be ended when its time was over (P0001).").waitFor();
    await row(second).waitFor();
    expect(await violations(page)).toEqual([]);

    await row(first).getByRole("checkbox").focus();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Do again (1)" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("main").getByText("1 is done again.").waitFor();
    await row(first).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Choose all" }).click();
    await page.getByRole("button", { name: "Do again (1)" }).click();
    await page.getByText("Nothing failed that was not mended.").waitFor();
    expect(await actAs(site.knex, "relay", (trx) => trx("troubles").where({ kind: "expire" }))).toEqual([]);
    await context.close();
  });

  it("keeps what a person switches off, and lets the rest follow", async () => {
    const { page, context } = await signIn(browser, node.url, demo, "clinician", 1);
    await page.getByRole("link", { name: "Preferences" }).click();
    const everything = page.getByRole("switch", { name: "Everything by every channel" });
    const alerts = page.getByRole("switch", { name: "Patient alert by every channel" });
    await everything.click();
    await expect.poll(() => alerts.isChecked()).toBe(false);
    await alerts.click();
    await page.getByText("Patient alert by every channel: on. Saved.").waitFor({ state: "attached" });
    await page.reload();
    await everything.waitFor();
    await expect
      .poll(async () => [await everything.isChecked(), await alerts.isChecked()])
      .toEqual([false, true]);
    await context.close();
  });

  it("warns before a session ends, and goes on with it at the press of a key", async () => {
    // The warning comes a minute before the end.
    const brief = await site.start({ role: "api", env: { SESSION_IDLE_MINUTES: "1.1" } });
    const { page, context } = await signIn(browser, brief.url, demo, "auditor");
    const warning = page.getByRole("alertdialog", { name: /You will be signed out in \d+ s/ });
    await warning.waitFor();
    expect(await violations(page)).toEqual([]);
    const extended = page.waitForResponse((response) => response.url().endsWith("/api/sessions/extend"));
    await page.keyboard.press("Enter");
    expect((await extended).status()).toBe(200);
    await warning.waitFor({ state: "detached" });
    expect(await page.title()).not.toContain("Signed out");
    await context.close();
  });

  it("asks once who is signed in, and until when", async () => {
    const { page, context } = await signIn(browser, node.url, demo, "clinician");
    const asked: string[] = [];
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith("/api/")) asked.push(pathname);
    });
    await page.reload();
    await page.locator('[data-connection="live"]').waitFor();
    await page.waitForLoadState("networkidle");
    expect(asked.filter((path) => path === "/api/sessions")).toHaveLength(1);
    await context.close();
  });

  it("says loudly that a session ends and has ended, and since when nothing shows", async () => {
    const { page, context } = await signIn(browser, node.url, demo, "clinician", 1);
    // Each kept where it outlives the page.
    await context.addInitScript({
      content: `globalThis.Notification = class extends EventTarget {
        static permission = "granted";
        constructor(title) {
          super();
          localStorage.setItem("shouted", (localStorage.getItem("shouted") ?? "") + title + ";");
        }
      };`,
    });
    await page.reload();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    const ends = new Date(Date.now() + 50_000);
    const sessions = (row: object) =>
      actAs(site.knex, "sign-in", (trx) =>
        trx("sessions").where({ user_id: "demo-clinician-2" }).whereNull("revoked_at").update(row),
      );
    await sessions({ idle_until: ends, expires_at: ends });
    await page.reload();
    await page.getByRole("alertdialog", { name: /You will be signed out in \d+ s/ }).waitFor();
    await page.getByText("without that, no alert shows or sounds here").waitFor();
    await expect.poll(() => page.title()).toMatch(/^Signed out in \d+ s · Tocsin$/);
    expect(await violations(page)).toEqual([]);
    await sessions({ revoked_at: new Date() });
    await page.getByText(/^Signed out since \d\d:\d\d:\d\d/).waitFor();
    await page.getByText("No alert shows here, or sounds here, since then").waitFor();
    await expect.poll(() => page.title()).toMatch(/^Signed out since \d\d:\d\d:\d\d/);
    expect(await page.locator('link[rel="icon"][href$="/favicon-critical.svg"]').count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate("localStorage.getItem('shouted')")).toBe(
      "You will be signed out of Tocsin in a minute;You are signed out of Tocsin;",
    );
    await context.close();
  }, 240_000);

  it("asks for the password again before a key, ten minutes after the sign-in, and goes on then", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "admin");
    await page.getByRole("link", { name: "Services" }).click();
    const before = new Date(Date.now() - 11 * 60_000);
    await actAs(site.knex, "sign-in", (trx) => trx("sessions").update({ confirmed_at: before }));
    const service = page.getByRole("region", { name: "Demo service", exact: true });
    await service.getByRole("button", { name: "New key" }).click();
    await page.getByRole("checkbox", { name: "North Hospital" }).check();
    await page.getByRole("button", { name: "Make key" }).click();
    const asked = page.getByRole("dialog", { name: "Is it you?" });
    await asked.getByLabel("Password").fill("wrong");
    await asked.getByRole("button", { name: "Go on" }).click();
    await asked.getByText("Password is not right.").waitFor();
    expect(await violations(page)).toEqual([]);
    await asked.getByLabel("Password").fill(demoUser(demo, "admin").password);
    await asked.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "I have kept it" }).click();
    // The browser's own words for the two refusals.
    expect(faults).toEqual([expect.stringContaining("403"), expect.stringContaining("422")]);
    await context.close();
  });

  it("keeps how a territory's critical alerts go on, and says it", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "admin");
    await page.getByRole("link", { name: "Territories" }).click();
    const edit = page.getByRole("button", { name: "Edit North Hospital" });
    const [takeover, resort] = [page.getByLabel("Next channel"), page.getByLabel("Last resort")];
    await edit.click();
    expect([await takeover.inputValue(), await resort.inputValue()]).toEqual(["", "supervisor"]);
    await takeover.fill("301");
    await resort.selectOption({ label: "A person" });
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Enter whole seconds from 0 to 300, or nothing.").waitFor();
    await page.getByText("Choose a person.").waitFor();
    expect(await violations(page)).toEqual([]);
    await takeover.fill("60");
    const person = page.getByLabel("Person", { exact: true });
    const officer = page.getByLabel("Privacy officer");
    // By their names, those of the territory alone.
    const names = async (of: typeof person) => (await of.locator("option").allTextContents()).slice(1);
    await until("the people are there", async () => (await names(person)).length > 0);
    expect(await names(person)).toEqual(
      expect.arrayContaining(["Demo Clinician One", "Demo Supervisor North"]),
    );
    for (const name of ["Demo Clinician Three", "Demo Admin"])
      expect(await names(person)).not.toContain(name);
    expect(await names(officer)).toEqual(await names(person));
    await person.selectOption({ label: "Demo Supervisor North" });
    await page.getByRole("button", { name: "Save" }).click();
    const row = page.getByRole("row", { name: "North Hospital" });
    await row.getByText("after 60 s; last resort: Demo Supervisor North").waitFor();
    await edit.click();
    expect([await takeover.inputValue(), await resort.inputValue()]).toEqual(["60", "person"]);
    await takeover.fill("");
    await resort.selectOption({ label: "The clinicians of the territory" });
    await page.getByRole("button", { name: "Save" }).click();
    await row.getByText("Originals are kept; last resort: the clinicians of the territory").waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it("tries redaction as it is written for a territory, by the keyboard, and keeps nothing of it", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "admin");
    await page.getByRole("link", { name: "Territories" }).click();
    await page.getByRole("button", { name: "Edit North Hospital" }).press("Enter");
    const editor = page.getByRole("dialog", { name: "Change a territory" });
    await editor.getByRole("button", { name: "Add a pattern" }).press("Enter");
    const pattern = editor.getByLabel("Pattern 1", { exact: true });
    await pattern.fill("(a+)+b");
    const attempt = editor.getByRole("button", { name: "Try it" });
    await attempt.press("Enter");
    await editor.getByText("Enter a text to try.").waitFor();
    expect(await page.evaluate("document.activeElement?.labels?.[0]?.textContent")).toBe("A text");
    await page.keyboard.type("The purple wing asks for a lift");
    await attempt.press("Enter");
    await editor.getByText("patterns 1, source is not a safe pattern").waitFor();

    await pattern.fill("purple [a-z]{4}");
    await editor.getByLabel("Kind of pattern 1").selectOption({ label: "facility" });
    await attempt.press("Enter");
    await editor.getByRole("status").getByText("1 identifier found.").waitFor();
    await editor.getByText("The [FACILITY] asks for a lift").waitFor();
    expect(await violationsEverywhere(page)).toEqual([]);
    // What was found by another pattern is not shown.
    await pattern.fill("purple [a-z]{3}");
    await editor.getByText("The [FACILITY] asks for a lift").waitFor({ state: "detached" });

    await editor.getByLabel("Patient alert: minutes").fill("1441");
    await editor.getByRole("button", { name: "Save" }).click();
    await editor.getByText("Enter whole minutes from 1 to 1440, or nothing.").waitFor();
    await editor.getByLabel("Patient alert: minutes").fill("30");
    await editor.getByRole("button", { name: "Remove pattern 1" }).click();
    await editor.getByRole("button", { name: "Save" }).click();
    const row = page.getByRole("row", { name: "North Hospital" });
    await row.getByText("patient alerts within 30 minutes acknowledged").waitFor();
    expect(await row.getByText("pattern").count()).toBe(0);
    await page.getByRole("button", { name: "Edit North Hospital" }).click();
    await editor.getByLabel("Patient alert: minutes").fill("");
    await editor.getByRole("button", { name: "Save" }).click();
    await row.getByText("acknowledged").waitFor({ state: "detached" });
    expect(faults).toEqual([expect.stringContaining("422")]);
    await context.close();
  });

  it("has an admin set a territory's reasons to read originals, one of which is asked for then", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "admin");
    await page.getByRole("link", { name: "Territories" }).click();
    const edit = page.getByRole("button", { name: "Edit South Clinic" });
    await edit.click();
    for (const [index, reason] of ["Treatment", "Call back", "Typo"].entries()) {
      await page.getByRole("button", { name: "Add a reason" }).click();
      await page.getByRole("textbox", { name: `Reason ${index + 1}` }).fill(reason);
    }
    await page.getByRole("button", { name: "Remove reason 3" }).click();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Save" }).click();
    const row = page.getByRole("row", { name: "South Clinic" });
    await row.getByText("read for “Treatment”, “Call back”").waitFor();
    const clinician = demoUser(demo, "clinician", 2);
    const person = await Person.signIn(node.url, clinician);
    const { body } = await send(node.url, demo.api_key, { ...targetOf(clinician), message: "Bed 3" });
    const reasons = async (): Promise<unknown> => {
      const answer = await person.fetch(`/api/notifications/${body.notification_id}/reveal`);
      return answer.status === 200 && (await answer.json()).reasons;
    };
    expect(await until("it is there", reasons)).toEqual(["Treatment", "Call back"]);
    await edit.click();
    for (const number of [2, 1]) await page.getByRole("button", { name: `Remove reason ${number}` }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await row.getByText("read for").waitFor({ state: "detached" });
    expect(await until("it is there", reasons)).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
  });

  it("shows a new key once, and it sends", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "admin");
    await page.getByRole("link", { name: "Services" }).click();
    await page.getByRole("button", { name: "New service" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Laboratory");
    await page.getByRole("button", { name: "Save" }).click();
    const service = page.getByRole("region", { name: "Laboratory", exact: true });
    await service.getByRole("button", { name: "New key" }).click();
    await page.getByRole("checkbox", { name: "North Hospital" }).check();
    await page.getByRole("button", { name: "Make key" }).click();
    const key = (await page.getByRole("dialog").locator("code").innerText()).trim();
    await page.getByRole("button", { name: "I have kept it" }).click();
    await service.getByText("Never").waitFor();
    expect(await page.content()).not.toContain(key);
    const sent = await fetch(`${node.url}/api/notifications/send`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ user_id: "demo-clinician-1", territory_id: "north-hospital", message: "Hello" }),
    });
    expect(sent.status).toBe(202);
    expect(faults).toEqual([]);
    await context.close();
  });

  it("shows a new person's link once, by which they set a password and sign in", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "admin");
    await page.getByRole("link", { name: "People" }).click();
    await page.getByRole("button", { name: "New person" }).click();
    expect(await page.getByLabel(/password/i).count()).toBe(0);
    await page.getByLabel("Name", { exact: true }).fill("Ada Example");
    await page.getByLabel("Email, to sign in").fill("Ada@Tocsin.example");
    await page.getByRole("button", { name: "Save" }).click();
    const link = (await page.getByRole("dialog").locator("code").innerText()).trim();
    expect(link).toMatch(/\/invitation#[\w-]{43}\.[\w-]{22}$/);
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "I have passed it on" }).click();
    await page.getByRole("row", { name: /Ada Example/ }).waitFor();
    expect(await page.content()).not.toContain(link);
    await context.close();

    const own = await browser.newContext();
    const visit = await own.newPage();
    const asked: string[] = [];
    visit.on("request", (request) => asked.push(request.url()));
    await visit.goto(link);
    await visit.getByLabel("New password").fill("correct horse battery stable");
    await visit.waitForURL(`${new URL(link).origin}/invitation`);
    expect(asked.join()).not.toContain(new URL(link).hash.slice(1));
    await visit.getByLabel("The same again").fill("another one");
    await visit.getByRole("button", { name: "Set password" }).click();
    await visit.getByText("The two are not the same.").waitFor();
    expect(await violations(visit)).toEqual([]);
    await visit.getByLabel("The same again").fill("correct horse battery stable");
    await visit.getByRole("button", { name: "Set password" }).click();
    await visit.getByRole("link", { name: "Sign in", exact: true }).click();
    await visit.getByLabel("Email").fill("ada@tocsin.example");
    await visit.getByLabel("Password").fill("correct horse battery stable");
    await visit.getByRole("button", { name: "Sign in", exact: true }).click();
    await visit.getByRole("button", { name: "Sign out" }).waitFor();
    await visit.goto(link);
    await visit.getByLabel("New password").fill("correct horse battery stable");
    await visit.getByLabel("The same again").fill("correct horse battery stable");
    await visit.getByRole("button", { name: "Set password" }).click();
    await visit.getByText("This link was used").waitFor();
    expect(faults).toEqual([]);
    await own.close();
  });

  it("has a person change the own password, and an admin sign somebody out everywhere", async () => {
    const clinician = demoUser(demo, "clinician", 1);
    const { page, context, faults } = await signIn(browser, node.url, demo, "clinician", 1);
    await page.getByRole("link", { name: "Account" }).click();
    const fields = ["Current password", "New password", "The same again"];
    const fill = async (...values: string[]): Promise<void> => {
      for (const [index, value] of values.entries()) await page.getByLabel(fields[index] ?? "").fill(value);
      await page.getByRole("button", { name: "Change password" }).click();
    };
    await fill(clinician.password, "paper lantern over the bay", "paper lantern");
    await page.getByText("The two are not the same.").waitFor();
    expect(await violations(page)).toEqual([]);
    await fill(clinician.password, "paper lantern over the bay", "paper lantern over the bay");
    await page.getByText("Your password is changed.").waitFor({ state: "attached" });

    const admin = await signIn(browser, node.url, demo, "admin");
    await admin.page.getByRole("link", { name: "People" }).click();
    await admin.page.getByRole("button", { name: "Sessions of Demo Clinician Two" }).click();
    const dialog = admin.page.getByRole("alertdialog");
    await dialog.getByText("last used").first().waitFor();
    expect(await violations(admin.page)).toEqual([]);
    await dialog.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.getByText("Your session has ended").waitFor();
    await page.getByRole("link", { name: "Forgotten password" }).click();
    await page.getByLabel("Email, to sign in").fill("nobody@tocsin.example");
    await page.getByRole("button", { name: "Send a link" }).click();
    await page.getByText("If you have verified an email address").waitFor();
    expect(await violations(page)).toEqual([]);
    expect([...faults, ...admin.faults].filter((fault) => !fault.includes("401"))).toEqual([]);
    await admin.context.close();
    await context.close();
  });

  it("has a clinician open what is not theirs in an emergency, and a supervisor there review it", async () => {
    const recipient = demoUser(demo, "clinician", 2);
    const { body } = await send(node.url, demo.api_key, {
      ...targetOf(recipient),
      message: "Sodium 118 for Jane Roe",
    });
    const theirs = await Person.signIn(node.url, recipient);
    await until("it is there", async () =>
      (await theirs.inbox()).some(({ notification_id }) => notification_id === body.notification_id),
    );
    const { page, context, faults } = await signIn(browser, node.url, demo, "clinician");
    await page.getByRole("link", { name: "Emergency" }).click();
    await page.getByRole("button", { name: "Open in an emergency" }).click();
    await page.getByRole("button", { name: "Open, and tell" }).click();
    await page.getByText("Say why, in 10 characters at least.").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel("What").selectOption("One notification");
    await page
      .getByLabel("Notification's link or id")
      .fill(`${node.url}/notifications/${body.notification_id}`);
    await page.getByLabel("Reason").fill("Collapsed in our lobby");
    await page.getByRole("button", { name: "Open, and tell" }).click();
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByText("Sodium 118 for name hidden").waitFor();
    await page.getByRole("button", { name: "Show the original" }).click();
    await page.getByText("Sodium 118 for Jane Roe").waitFor();
    expect(await violations(page)).toEqual([]);
    await context.close();

    const reviewer = await signIn(browser, node.url, demo, "supervisor", 1);
    await reviewer.page.getByText("has opened a notification here in an emergency").first().waitFor();
    await reviewer.page.getByRole("link", { name: "Emergency" }).click();
    await reviewer.page.getByRole("button", { name: "Review" }).click();
    await reviewer.page.getByLabel("What you found").fill("Seen with the ward");
    expect(await violations(reviewer.page)).toEqual([]);
    await reviewer.page.getByRole("button", { name: "Close the review" }).click();
    await reviewer.page.getByText("Justified", { exact: true }).waitFor();
    expect([...faults, ...reviewer.faults]).toEqual([]);
    await reviewer.context.close();
  });

  it("has a clinician choose by name whose inbox it is that is opened in an emergency, without a mouse", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "clinician");
    await page.goto(`${node.url}/emergency`);
    await page.getByRole("button", { name: "Open in an emergency" }).press("Enter");
    const dialog = page.getByRole("dialog", { name: "Open in an emergency" });
    await expect
      .poll(() => dialog.getByLabel("What").evaluate((field) => field.matches(":focus")))
      .toBe(true);
    const person = dialog.getByRole("combobox", { name: "Person" });
    await expect.poll(() => person.locator("option").allInnerTexts()).toHaveLength(3);
    expect(await person.locator("option").allInnerTexts()).not.toContain("Demo Clinician One");
    // From field to field by Tab; a letter chooses by name.
    for (const label of ["Territory", "Person"]) {
      await page.keyboard.press("Tab");
      await expect
        .poll(() => dialog.getByLabel(label).evaluate((field) => field.matches(":focus")))
        .toBe(true);
    }
    const name = must((await person.locator("option").allInnerTexts())[1], "colleague");
    await page.keyboard.type(name);
    await expect.poll(() => person.locator("option:checked").innerText()).toBe(name);
    await page.keyboard.press("Tab");
    await page.keyboard.type("Found unconscious in the lift");
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.getByText("The supervisors there have been told.").waitFor();
    await page.getByText("Found unconscious in the lift").waitFor();

    // Who works elsewhere is nobody's to list, so ids name them.
    await page.getByRole("button", { name: "Open in an emergency" }).click();
    await dialog.getByLabel("Territory", { exact: true }).selectOption("Another territory");
    await dialog.getByLabel("Territory's id").waitFor();
    await dialog.getByLabel("Person's id").waitFor();
    expect(await violations(page)).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
  });

  it("leads somebody whose role needs an authenticator to its page alone, until it is set up", async () => {
    const settings = JSON.stringify({ second_factor: { roles: ["supervisor"], grace_days: 3 } });
    const demand = (days: number) =>
      actAs(site.knex, "setup", (trx) =>
        trx("territories")
          .where({ id: "south-clinic" })
          .update({ settings: settings.replace(":3", `:${days}`) }),
      );
    await demand(3);
    const warned = await signIn(browser, node.url, demo, "supervisor", 1);
    await warned.page.getByText("Your role needs an authenticator by").waitFor();
    expect(await violations(warned.page)).toEqual([]);
    await warned.context.close();
    await demand(0);
    const context = await browser.newContext();
    const page = await context.newPage();
    const { email, password } = demoUser(demo, "supervisor", 1);
    await page.goto(node.url);
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    const heading = page.getByRole("heading", { name: "Set up an authenticator" });
    await heading.waitFor();
    await page.goto(`${node.url}/deliveries`);
    await heading.waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Set up" }).click();
    const secret = (await page.locator("code").first().innerText()).replaceAll(/\s/g, "");
    await page.getByRole("textbox", { name: "Code" }).fill(await generate({ secret }));
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByRole("link", { name: "Go on" }).click();
    await page.getByRole("link", { name: "Deliveries" }).waitFor();
    await actAs(site.knex, "sign-in", (trx) =>
      trx("second_factors").where({ user_id: "demo-supervisor-2" }).delete(),
    );
    await actAs(site.knex, "setup", (trx) =>
      trx("territories").where({ id: "south-clinic" }).update({ settings: "{}" }),
    );
    await context.close();
  });

  it("has a second admin confirm what one asks for", async () => {
    const first = await Person.signIn(node.url, demoUser(demo, "admin"));
    const password = "correct horse battery stable";
    const post = (path: string, body: object): Promise<Response> =>
      first.fetch(path, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      });
    const email = "second@tocsin.example";
    const made = await post("/api/users", { email, name: "Second Admin", roles: ["admin"] });
    const { invitation, user_id } = await made.json();
    expect((await post("/api/invitations", { token: invitation.token, password })).status).toBe(204);

    const { page, context, faults } = await signIn(browser, node.url, demo, "admin");
    await page.getByRole("link", { name: "People" }).click();
    await page.getByRole("button", { name: "Edit Demo Clinician Three" }).click();
    await page.getByRole("checkbox", { name: "Auditor" }).check();
    await page.getByRole("button", { name: "Save" }).click();
    const waiting = page.getByRole("region", { name: "Waiting for another administrator" });
    await waiting.getByText("Make Auditor").waitFor();
    expect(await waiting.getByRole("button", { name: /^Confirm/ }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await context.close();

    const other = await signInAs(browser, node.url, { email, password });
    await other.page.getByRole("link", { name: "People" }).click();
    const before = new Date(Date.now() - 11 * 60_000);
    await actAs(site.knex, "sign-in", (trx) => trx("sessions").update({ confirmed_at: before }));
    await other.page.getByRole("button", { name: "Confirm the change for Demo Clinician Three" }).click();
    const asked = other.page.getByRole("dialog", { name: "Is it you?" });
    await asked.getByLabel("Password").fill(password);
    await asked.getByRole("button", { name: "Go on" }).click();
    const row = other.page.getByRole("row", { name: /Demo Clinician Three/ });
    await row.getByText("Auditor").waitFor();
    // The browser's own words for the refusal.
    expect([...faults, ...other.faults]).toEqual([expect.stringContaining("403")]);
    await other.context.close();
    // The other tests go on with one admin.
    const left = actAs(site.knex, "setup", (trx) =>
      trx("users").where({ id: user_id }).update({ disabled_at: new Date() }),
    );
    expect(await left).toBe(1);
  });

  it("leads to the first field that has a fault, unfolds what hides it, and discards nothing unasked", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "admin");
    await page.getByRole("link", { name: "People" }).click();
    await page.getByRole("button", { name: "Edit Demo Auditor" }).click();
    const focused = () => page.evaluate("document.activeElement?.labels?.[0]?.textContent");
    const save = page.getByRole("button", { name: "Save" });
    await page.getByText("Who this is to the OpenID provider").click();
    await page.getByLabel("Subject").fill("auditor");
    await page.getByText("Who this is to the OpenID provider").click();
    for (const field of ["Name", "Email, to sign in"]) await page.getByLabel(field).last().fill("");
    expect(await page.getByText("Enter a name.").count()).toBe(0);
    await save.click();
    await expect.poll(focused).toBe("Name");
    await page.getByText("Enter a name.").waitFor();
    await page.getByLabel("Name", { exact: true }).fill("Demo Auditor");
    await save.click();
    await expect.poll(focused).toBe("Email, to sign in");
    await page.getByLabel("Email, to sign in").fill("demo-auditor@tocsin.example");
    await save.click();
    await expect.poll(focused).toBe("Issuer");
    await page.getByLabel("Issuer").waitFor();

    // Escape takes away nothing that was typed without asking; where nothing was, it leaves at once.
    const dialog = page.getByRole("dialog", { name: "Change a person" });
    await page.keyboard.press("Escape");
    const asked = dialog.getByRole("alertdialog", { name: "Discard what you have entered?" });
    await asked.waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await asked.waitFor({ state: "detached" });
    expect(await page.getByLabel("Subject").inputValue()).toBe("auditor");
    await page.keyboard.press("Escape");
    await asked.getByRole("button", { name: "Discard" }).press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Edit Demo Auditor" }).click();
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(faults).toEqual([]);
    await context.close();
  });

  it(
    "goes on at the first new row when more are loaded",
    async () => {
      const { user_id, territory_id } = demoUser(demo, "clinician", 2);
      const take = async (bed: number): Promise<boolean> => {
        const body = { user_id, territory_id, message: `Bed ${bed} is ready.` };
        const key = { "Idempotency-Key": `bed-${bed}` };
        return (await send(node.url, demo.api_key, body, key)).status === 202;
      };
      const supervisor = await Person.signIn(node.url, demoUser(demo, "supervisor", 1));
      const history = async (): Promise<unknown[]> =>
        (await (await supervisor.fetch("/api/deliveries?limit=100")).json()).deliveries;
      const before = (await history()).length;
      // A busy node turns a send away; by its key it is taken in once all the same.
      for (let bed = 1; bed <= 55; bed += 1) await until(`bed ${bed} is taken in`, () => take(bed));
      await expect.poll(async () => (await history()).length, { timeout: 120_000 }).toBe(before + 55);
      const { page, context, faults } = await signIn(browser, node.url, demo, "supervisor", 1);
      await page.getByRole("link", { name: "Deliveries" }).click();
      const rows = page.getByRole("table").locator("tbody tr");
      await rows.nth(49).waitFor();
      await page.getByRole("button", { name: "Load more" }).focus();
      await page.keyboard.press("Enter");
      await rows.nth(54).waitFor();
      expect(await rows.nth(50).evaluate((row) => row === row.ownerDocument.activeElement)).toBe(true);
      expect(await violations(page)).toEqual([]);
      expect(faults).toEqual([]);
      await context.close();
    },
    WALK,
  );
});
