import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { SubjectToken } from "../../api/subject-tokens/schema.ts";
import { must } from "../../config/must.ts";
import type { Demo } from "../../store/demo.ts";
import { actAs } from "../../store/db/knex.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import { demoUser, Person, send, targetOf } from "../../testing/client.ts";
import { aService } from "../../testing/nouns.ts";
import type { Program } from "../../testing/program.ts";
import type { Site } from "../../testing/site.ts";
import { until } from "../../testing/until.ts";

const HOST_PAGE = (tocsin: string, lang: string) => `<!doctype html>
<html lang="${lang}">
  <head>
    <meta charset="utf-8" />
    <title>EHR</title>
    <link rel="stylesheet" href="/host.css" />
    <script type="module" src="/host.js"></script>
    <script type="module" src="${tocsin}/embed/tocsin-inbox.js"></script>
  </head>
  <body>
    <main>
      <h1>Patient list</h1>
      <tocsin-inbox territory-name="North" theme="light"></tocsin-inbox>
    </main>
  </body>
</html>`;
const HOST_SCRIPT = `
  globalThis.heard = { violations: [], counts: [], errors: [] };
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    heard.violations.push(violatedDirective + " " + blockedURI));
  const inbox = document.querySelector("tocsin-inbox");
  inbox.addEventListener("tocsin-count", ({ detail }) => heard.counts.push(detail));
  inbox.addEventListener("tocsin-error", ({ detail }) => heard.errors.push(detail));
  inbox.getToken = async () => {
    const answer = await fetch("/tocsin-token", { method: "POST" });
    if (!answer.ok) throw new Error("no token");
    return await answer.json();
  };`;
const HOST_STYLE = `
  body.themed tocsin-inbox { --accent: #7a0c5e; }
  body.away tocsin-inbox { display: none; }`;

const Heard = z.object({
  violations: z.array(z.string()),
  counts: z.array(z.object({ number: z.number(), critical: z.boolean() })),
  errors: z.array(z.object({ reason: z.string() })),
});

let site: Site;
let node: Program;
let demo: Demo;
let browser: Browser;
let close: () => Promise<void>;
let host: Server;
/** The EHR's page, at two origins: the tokens of its server are for the first. */
let ehr: string;
let other: string;
let key: string;
/** What the EHR's server does when its page asks: which clinician's token it gives, how long that lasts, and whether there is one. */
const tokens = { clinician: 0, seconds: 900, away: false };
/** When it was asked, and when what it gave ends; ms. */
let given: { at: number; ends: number }[] = [];

beforeAll(async () => {
  ({ site, node, demo, browser, close } = await openDashboard());
  host = createServer((request, response) => void answer(request.url ?? "", response));
  await once(host.listen(0), "listening");
  // As AddressInfo says of a server that listens at a port.
  const { port } = host.address() as AddressInfo;
  [ehr, other] = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
  const { territory_id } = targetOf(demoUser(demo, "clinician"));
  const service = await aService(site, { territories: [territory_id] });
  key = service.key;
  await actAs(site.knex, "setup", async (trx) => {
    await trx("service_keys")
      .where({ id: service.keyId })
      .update({ subject_origins: [ehr, other] });
    const elsewhere = { user_id: demoUser(demo, "clinician").user_id, territory_id: "south-clinic" };
    await trx("memberships").insert({ ...elsewhere, role: "clinician" });
  });
});
afterAll(async () => {
  host.close();
  await close();
});

async function answer(url: string, response: ServerResponse): Promise<void> {
  const live = node.url.replace("http", "ws");
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${node.url}`,
    "style-src 'self'",
    `connect-src 'self' ${node.url} ${live}`,
    "require-trusted-types-for 'script'",
    "trusted-types svelte-trusted-html",
  ];
  const give = (type: string, body: string) =>
    response.writeHead(200, { "Content-Type": type, "Content-Security-Policy": policy.join("; ") }).end(body);
  if (url === "/host.js") give("text/javascript", HOST_SCRIPT);
  else if (url === "/host.css") give("text/css", HOST_STYLE);
  else if (url === "/tocsin-token") {
    if (tokens.away) {
      response.writeHead(503).end();
      return;
    }
    const person = targetOf(demoUser(demo, "clinician", tokens.clinician));
    const asked = await fetch(`${node.url}/api/subject-tokens`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ ...person, origin: ehr, ttl_s: tokens.seconds }),
    });
    const text = await asked.text();
    given.push({ at: Date.now(), ends: Date.parse(SubjectToken.parse(JSON.parse(text)).expires_at) });
    give("application/json", text);
  } else if (url === "/" || url === "/es")
    give("text/html", HOST_PAGE(node.url, url === "/es" ? "es" : "en"));
  else response.writeHead(404).end();
}

interface Visit {
  page: Page;
  context: BrowserContext;
  heard: () => Promise<z.output<typeof Heard>>;
}
async function visit(url = ehr): Promise<Visit> {
  const context = await browser.newContext({ locale: "en-US" });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  await page.goto(url);
  return { page, context, heard: async () => Heard.parse(await page.evaluate("heard")) };
}

async function alert(title: string, more: object = {}): Promise<string> {
  const body = {
    ...targetOf(demoUser(demo, "clinician")),
    title,
    message: "Repeat it.",
    priority: "critical",
  };
  return (await send(node.url, demo.api_key, { ...body, ...more }, { Prefer: "wait=20" })).body
    .notification_id;
}
const article = (page: Page, id: string) => page.locator(`article[data-notification-id="${id}"]`);
const person = () => Person.signIn(node.url, demoUser(demo, "clinician"));
const seenAt = async (id: string): Promise<unknown> =>
  await actAs(site.knex, `user:${demoUser(demo, "clinician").user_id}`, async (trx) => {
    const found = await trx("notifications").where({ id }).first("seen_at");
    return found.seen_at;
  });

it("shows a person's inbox in a page that allows no script and no style but files, live, by the keyboard, and has an acknowledgement on record", async () => {
  const before = await alert("Potassium 6.8");
  const elsewhere = await alert("Elsewhere", { territory_id: "south-clinic" });
  const others = await alert("Others", targetOf(demoUser(demo, "clinician", 1)));
  const { page, context, heard } = await visit();
  await article(page, before).getByText("Potassium 6.8").waitFor();
  const coming = await alert("Ventilator alarm");
  await article(page, coming).getByText("Ventilator alarm").waitFor();
  expect(await violations(page)).toEqual([]);

  await article(page, coming).focus();
  await page.keyboard.press("Enter");
  const pane = page.locator(`[data-reading="${coming}"]`);
  await pane.getByRole("heading", { name: "Ventilator alarm" }).waitFor();
  expect(await pane.getByText("Reveal original").count()).toBe(0);
  expect(await pane.getByRole("link", { name: "in Tocsin" }).getAttribute("href")).toBe(
    `${node.url}/notifications/${coming}`,
  );
  expect(await violations(page)).toEqual([]);
  await pane.getByRole("button", { name: "Acknowledge", exact: true }).press("Enter");
  await pane.getByText("Taken by").waitFor();
  await page.keyboard.press("Escape");
  await article(page, coming).getByText("Taken by").waitFor();

  const own = await person();
  expect((await own.inbox()).find((one) => one.notification_id === coming)?.status).toBe("acknowledged");
  const auditor = await Person.signIn(node.url, demoUser(demo, "auditor"));
  const record = await (await auditor.fetch(`/api/audit?object=${coming}`)).text();
  expect(record).toContain("notification.acknowledge");
  expect(record).toContain("subject_token");

  for (const id of [elsewhere, others]) expect(await article(page, id).count()).toBe(0);
  expect((await heard()).counts.at(-1)).toEqual({ number: 1, critical: true });
  expect(await heard()).toMatchObject({ violations: [], errors: [] });
  expect(await page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length")).toBe(0);
  expect(await page.evaluate("document.documentElement.outerHTML")).not.toMatch(/Potassium|Bearer|token":/);
  await context.close();
}, 180_000);

it("takes the page's colours, and speaks its language", async () => {
  await alert("Potassium 6.8");
  const { page, context } = await visit(`${ehr}/es`);
  const button = page.getByRole("button", { name: "Confirmar" }).first();
  await button.waitFor();
  const colour = () =>
    button.evaluate((element) =>
      (element as unknown as { computedStyleMap(): Map<string, unknown> })
        .computedStyleMap()
        .get("background-color")
        ?.toString(),
    );
  const own = await colour();
  await page.evaluate("document.body.classList.add('themed')");
  expect(own).not.toBe("rgb(122, 12, 94)");
  expect(await colour()).toBe("rgb(122, 12, 94)");
  await context.close();
}, 120_000);

it("counts as seen what is on the screen, and nothing else", async () => {
  const { page, context } = await visit();
  await page.locator('tocsin-inbox [data-connection="live"]').waitFor();
  await page.evaluate("document.body.classList.add('away')");
  await page.locator("tocsin-inbox [data-connection]").waitFor({ state: "hidden" });
  const id = await alert("Nobody sees it");
  await until("it is on the device", async () =>
    (await (await person()).timeline(id)).deliveries.some(({ status }) => status === "delivered"),
  );
  expect(await seenAt(id)).toBeNull();
  await page.evaluate("document.body.classList.remove('away')");
  await until("it is seen", async () => (await seenAt(id)) !== null);
  await context.close();
}, 120_000);

it("goes on by another token once one has ended", async () => {
  tokens.seconds = 30;
  given = [];
  const { page, context, heard } = await visit();
  const second = await until("there is another token", () => given[1]);
  const first = must(given[0], "token");
  expect(second.at).toBeLessThan(first.ends - 5_000);
  await until("the first has ended", () => Date.now() > first.ends + 1_000);
  const id = await alert("After the first token");
  const row = article(page, id);
  await row.getByRole("button", { name: "Acknowledge" }).press("Enter");
  await row.getByText("Taken by").waitFor();
  expect(await heard()).toMatchObject({ violations: [], errors: [] });
  tokens.seconds = 900;
  await context.close();
}, 180_000);

it("says that its token is refused in a page of another origin, and shows nothing", async () => {
  await alert("Potassium 6.8");
  const { page, context, heard } = await visit(other);
  await page.getByText("Tocsin does not show your alerts in this page").waitFor();
  expect(await violations(page)).toEqual([]);
  expect(await page.locator("tocsin-inbox article").count()).toBe(0);
  expect(await heard()).toMatchObject({ violations: [], errors: [{ reason: "refused" }] });
  await context.close();
}, 120_000);

it("says that the page could not sign in, goes on trying, and shows the inbox once it can", async () => {
  const id = await alert("Potassium 6.8");
  tokens.away = true;
  const { page, context, heard } = await visit();
  await page.getByText("This page can't sign you in to Tocsin just now").waitFor();
  expect((await heard()).errors).toEqual([{ reason: "unanswered" }]);
  tokens.away = false;
  await article(page, id).waitFor();
  await context.close();
}, 120_000);

it("begins anew for whoever is signed in to the page by then, and shows nothing of the one before", async () => {
  const first = await alert("For the first");
  const second = await alert("For the second", targetOf(demoUser(demo, "clinician", 1)));
  const { page, context, heard } = await visit();
  await article(page, first).waitFor();
  tokens.clinician = 1;
  const admin = await Person.signIn(node.url, demoUser(demo, "admin"));
  const { user_id } = demoUser(demo, "clinician");
  expect((await admin.fetch(`/api/users/${user_id}/sessions`, { method: "DELETE" })).ok).toBe(true);
  await article(page, second).waitFor();
  expect(await article(page, first).count()).toBe(0);
  expect((await heard()).errors).toEqual([]);
  await context.close();
}, 120_000);

it("is allowed by an admin, who says on the page of services which pages show inboxes by a key", async () => {
  const { territory_id, user_id } = targetOf(demoUser(demo, "clinician"));
  const service = await aService(site, { territories: [territory_id] });
  const ask = () =>
    fetch(`${node.url}/api/subject-tokens`, {
      method: "POST",
      headers: { Authorization: `Bearer ${service.key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ user_id, territory_id, origin: ehr }),
    });
  expect((await ask()).status).toBe(403);
  const { page, context } = await signIn(browser, node.url, demo, "admin");
  await page.getByRole("link", { name: "Services" }).click();
  await page.getByRole("button", { name: `Inboxes by ${service.keyId}` }).press("Enter");
  const dialog = page.getByRole("dialog");
  const field = dialog.getByLabel("Pages that may show people's inboxes");
  await field.fill(`${ehr}/inbox`);
  await page.keyboard.press("Enter");
  await dialog.getByText(`${ehr}/inbox is no origin`).waitFor();
  expect(await violations(page)).toEqual([]);
  await field.fill(ehr);
  await page.keyboard.press("Enter");
  const row = page.getByRole("row").filter({ hasText: service.keyId });
  await row.getByText(`Shows inboxes at ${ehr}`).waitFor();
  expect((await ask()).status).toBe(201);
  await context.close();
}, 120_000);
