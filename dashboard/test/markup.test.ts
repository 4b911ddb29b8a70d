import { randomUUID } from "node:crypto";
import pg from "pg";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { must } from "../../config/must.ts";
import type { Demo } from "../../store/demo.ts";
import { freePorts } from "../../tools/services/spawn.ts";
import { openDashboard, signIn } from "../../testing/browser.ts";
import { demoUser, Person, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";
import type { Site } from "../../testing/site.ts";

/** A text that runs `hit` wherever it is taken for anything but text. Its name shows where it came by. */
const markup = (name: string): string =>
  `${name}"'><img src=x onerror=hit()><a href="javascript:hit()">{{hit()}}\${hit()}</title></script>`;

/** What others write, each in a column of its own, put there past all that the API refuses. */
const COLUMNS = {
  users: "name",
  territories: "name",
  services: "name",
  escalation_policies: "name",
  schedules: "name",
  on_call_roles: "name",
  topics: "name",
  scim_tokens: "name",
  scim_groups: "name",
  walls: "name",
  push_devices: "name",
  sessions: "user_agent",
  webhooks: "url",
  emergency_accesses: "reason",
} as const;
/** What others send through the API, which redacts it or puts it on record; and the passkey of somebody who is signed in by then. */
const SENT = ["title", "message", "note", "declined", "event", "passkey"];

/** What of a page ran, or was kept from running. */
declare global {
  var hits: string[];
}

describe("what others write", () => {
  let site: Site;
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let owner: pg.Client;
  let close: () => Promise<void>;
  let answered: string[];

  beforeAll(async () => {
    // Passkeys need an address; devices their channel.
    const [port = 0] = await freePorts(1);
    const CHANNEL_PUSH = JSON.stringify({ contact: "mailto:it@hospital.example", hosts: ["push.example"] });
    const PUBLIC_URL = `http://localhost:${port}`;
    ({ site, node, demo, browser, close } = await openDashboard({
      CHANNEL_PUSH,
      PORT: String(port),
      PUBLIC_URL,
    }));
    owner = new pg.Client({ connectionString: site.databaseUrl });
    await owner.connect();
    answered = await seed();
  }, 240_000);
  afterAll(async () => {
    await owner.end();
    await close();
  });

  async function seed(): Promise<string[]> {
    const [clinician, boss, elsewhere] = await Promise.all([
      Person.signIn(node.url, demoUser(demo, "clinician")),
      Person.signIn(node.url, demoUser(demo, "supervisor")),
      Person.signIn(node.url, demoUser(demo, "supervisor", 1)),
    ]);
    const admin = await Person.signIn(node.url, demoUser(demo, "admin"));
    const post = async (by: Person, path: string, body: object | string): Promise<unknown> => {
      const isText = typeof body === "string";
      const headers = { "Content-Type": isText ? "text/calendar" : "application/json" };
      const answer = await by.fetch(path, {
        ...{ method: "POST", headers },
        body: isText ? body : JSON.stringify(body),
      });
      expect([path, answer.status, answer.ok ? "" : await answer.text()]).toEqual([
        path,
        expect.any(Number),
        "",
      ]);
      return answer.status === 204 ? null : await answer.json();
    };
    const target = targetOf(demoUser(demo, "clinician"));
    const { territory_id } = target;
    const made = async (key: string, by: Person, path: string, body: object): Promise<string> =>
      z.looseObject({ [key]: z.string() }).parse(await post(by, path, body))[key] as string;

    const layer = { name: "Days", people: [target.user_id], starts: "2026-01-05T08:00", rule: "FREQ=DAILY" };
    const schedule = { territory_id, name: "Days", zone: "Europe/Zurich", layers: [layer] };
    const schedule_id = await made("schedule_id", boss, "/api/schedules", schedule);
    await post(boss, "/api/roles", { territory_id, role: "ward-on-call", name: "Ward", schedule_id });
    await post(boss, "/api/topics", { territory_id, topic: "ward", name: "Ward" });
    const read = await made("schedule_id", boss, "/api/schedules", { ...schedule, name: "Read in" });
    const at = (hours: number) =>
      `${new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 13).replaceAll("-", "")}0000Z`;
    // Of nobody's, and of somebody's: a calendar without any shift is refused.
    const events = ["Nobody", target.user_id].flatMap((summary, index) => [
      ...[
        "BEGIN:VEVENT",
        `UID:${markup("event")}${index}`,
        `SUMMARY:${summary}`,
        `DTSTART:${at(1)}`,
        `DTEND:${at(5)}`,
      ],
      "END:VEVENT",
    ]);
    const lines = ["BEGIN:VCALENDAR", ...events, "END:VCALENDAR", ""];
    await post(boss, `/api/schedules/${read}/calendar`, lines.join("\r\n"));
    await post(admin, "/api/scim/tokens", { name: "Directory" });
    await post(admin, "/api/walls", { territory_id, name: "Wall" });
    const { services } = z
      .object({ services: z.array(z.object({ service_id: z.string() })) })
      .parse(await (await admin.fetch("/api/services")).json());
    const { service_id } = must(services[0], "service");
    await post(admin, "/api/webhooks", { service_id, url: "https://lab.west.example/" });

    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const body = { title: markup("title"), message: markup("message"), priority: "critical" };
      const sent = await send(node.url, demo.api_key, { ...target, ...body }, { Prefer: "wait=20" });
      ids.push(sent.body.notification_id);
    }
    const [taken, declined, open] = ids;
    await post(clinician, `/api/notifications/${taken}/acknowledge`, { note: markup("note") });
    await post(clinician, `/api/notifications/${declined}/decline`, { reason: markup("declined") });
    await post(elsewhere, "/api/emergency-accesses", {
      notification_id: open,
      reason: "Patient is in the lobby",
    });

    for (const table of [...Object.keys(COLUMNS), "audit_events", "passkeys"])
      await owner.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
    await owner.query(
      `INSERT INTO push_devices (user_id, name, endpoint, p256dh, auth) VALUES ($1, 'Phone', 'https://push.example/x', $2, $3)`,
      [target.user_id, "A".repeat(87), "A".repeat(22)],
    );
    await owner.query("INSERT INTO scim_groups (id, name) VALUES ($1, 'Ward')", [randomUUID()]);
    for (const [table, column] of Object.entries(COLUMNS)) {
      const prefix = table === "webhooks" ? "https://lab.west.example/" : "";
      // A service's name is unique.
      const suffix = table === "services" ? " || id::text" : "";
      await owner.query("BEGIN");
      await owner.query("SELECT set_config('app.actor', 'setup', true)");
      await owner.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
      await owner.query(`UPDATE ${table} SET ${column} = left($1${suffix}, 200)`, [
        prefix + markup(table).slice(0, 96),
      ]);
      await owner.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
      await owner.query("COMMIT");
    }
    return ids;
  }

  /** Nobody who has one signs in by password alone. */
  const addPasskey = (userId: string) =>
    owner.query(
      `INSERT INTO passkeys (id, user_id, credential_id, name, public_key, counter, transports) VALUES ($1, $2, $2, $3, '', 0, '{}')`,
      [randomUUID(), userId, markup("passkey").slice(0, 96)],
    );

  /** Goes to a page and answers all that it holds, its attributes and what stands in its fields included. */
  async function look(page: Page, path: string): Promise<string> {
    await page.goto(node.url + path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    for (const fold of await page.locator("main summary").all()) await fold.click();
    expect([path, await page.evaluate(() => globalThis.hits)]).toEqual([path, []]);
    const made = page.locator("img[src=x], [onerror], [href^='javascript:' i]");
    expect([path, await made.count()]).toEqual([path, 0]);
    return await page.content();
  }

  it("is text on every page that shows it, and nothing asks the browser's policy for more", async () => {
    const shown = new Set<string>();
    for (const role of ["clinician", "supervisor", "admin", "auditor"]) {
      const { page, context, faults } = await signIn(browser, node.url, demo, role);
      await addPasskey(demoUser(demo, role).user_id);
      await context.addInitScript(() => {
        globalThis.hits = [];
        Object.assign(globalThis, { hit: () => globalThis.hits.push("ran") });
        addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
          globalThis.hits.push(`${violatedDirective} ${blockedURI}`),
        );
      });
      const links = page.getByRole("navigation", { name: "Main" }).getByRole("link");
      const paths = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
      if (["clinician", "supervisor"].includes(role))
        paths.push(...answered.map((id) => `/notifications/${id}`));
      for (const path of new Set([...paths, "/account"])) {
        const content = await look(page, path);
        for (const name of [...Object.keys(COLUMNS), ...SENT])
          if (content.includes(`${name}"'&gt;&lt;img`) || content.includes(`${name}&quot;'`)) shown.add(name);
      }
      expect(faults).toEqual([]);
      await context.close();
    }
    expect([...Object.keys(COLUMNS), ...SENT].filter((name) => !shown.has(name))).toEqual([]);
  }, 400_000);
});
