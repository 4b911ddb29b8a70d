import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import { demoUser, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";
import { readCatalogues, textOf } from "../messages/catalogue.ts";

const PHONE = { width: 375, height: 812 };
let node: Program;
let demo: Demo;
let browser: Browser;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ node, demo, browser, close } = await openDashboard());
});
afterAll(() => close());

/** English texts, and only English: no Spanish one reads the same. */
const english = await englishOnly();
async function englishOnly(): Promise<Set<string>> {
  const items = await readCatalogues();
  const spanish = new Set(items.map((item) => textOf(item, "es").trim()));
  const texts = items.map((item) =>
    textOf(item, "en")
      .replace(/^<\d\/>/, "")
      .trim(),
  );
  return new Set(texts.filter((text) => text.length > 3 && !spanish.has(text)));
}

/** What a page shows or has read out that is English. */
async function englishOn(page: Page): Promise<string[]> {
  const seen = await page.evaluate(() => {
    const texts: string[] = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.push(walker.currentNode.nodeValue ?? "");
    for (const one of document.querySelectorAll("[aria-label], [title], [placeholder]"))
      for (const name of ["aria-label", "title", "placeholder"]) texts.push(one.getAttribute(name) ?? "");
    return texts.map((text) => text.replace(/\s+/g, " ").trim());
  });
  expect(seen.length).toBeGreaterThan(10);
  return seen.filter((text) => english.has(text));
}

it("speaks Spanish once a person chose it, also after a reload and while nobody is signed in", async () => {
  const { page, context, faults } = await signIn(browser, node.url, demo, "clinician");
  await page.goto(`${node.url}/preferences`);
  const choice = page.getByLabel("Language of this device");
  await choice.waitFor();
  expect(await englishOn(page)).toContain("Quiet hours");
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
  await choice.selectOption("Español");
  await page.getByRole("button", { name: "Save language" }).click();
  await page.getByRole("heading", { name: "Preferencias", level: 1 }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("es");

  await send(
    node.url,
    demo.api_key,
    { ...targetOf(demoUser(demo, "clinician")), title: "Potasio", message: "6,8", priority: "critical" },
    { Prefer: "wait=20" },
  );
  await page.goto(node.url);
  const row = page.locator("article[data-notification-id]").filter({ hasText: "Potasio" });
  await row.getByRole("button", { name: "Confirmar" }).waitFor();
  expect(await row.locator("time").first().getAttribute("title")).toMatch(
    /^(lunes|martes|miércoles|jueves|viernes|sábado|domingo), \d+ de \p{L}+ de 20\d\d/u,
  );
  await page.reload();
  await row.getByRole("button", { name: "Confirmar" }).click();
  await row.getByText(/^A cargo de/).waitFor();
  expect(await page.title()).toBe("Bandeja · Tocsin");
  expect(faults).toEqual([]);

  await page.getByRole("button", { name: "Cerrar sesión" }).click();
  await page.getByLabel("Contraseña").waitFor();
  expect([await englishOn(page), await violations(page)]).toEqual([[], []]);
  await context.close();
}, 240_000);

it.each(["clinician", "supervisor", "admin", "auditor"])(
  "has no English word of its own on any page of the %s whose browser asks for Spanish, and none that is too wide for a phone",
  async (role) => {
    const { page, context, faults } = await signIn(browser, node.url, demo, role);
    await context.addCookies([{ name: "tocsin_language", value: "es", url: node.url }]);
    await page.setViewportSize(PHONE);
    await page.goto(node.url);
    await page.getByRole("button", { name: "Más" }).click();
    const paths = await page
      .getByRole("navigation", { name: "Principal" })
      .getByRole("link")
      .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
    expect(paths).toContain("/preferences");
    const found: unknown[] = [];
    for (const path of paths) {
      await page.goto(node.url + path);
      await page.locator("main h1").waitFor();
      await page.waitForLoadState("networkidle");
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      found.push([path, width, await englishOn(page), await violations(page)]);
    }
    expect(found).toEqual(paths.map((path) => [path, PHONE.width, [], []]));
    expect(faults).toEqual([]);
    await context.close();
  },
  240_000,
);

it("is in the browser's language from the first byte on where nobody chose one", async () => {
  const context = await browser.newContext({ locale: "es-MX" });
  const page = await context.newPage();
  const answer = await page.goto(`${node.url}/sign-in`);
  expect(await answer?.text()).toContain('<html lang="es">');
  expect(answer?.headers()["vary"]).toContain("Cookie, Accept-Language");
  await page.getByLabel("Contraseña").waitFor();
  await context.close();
}, 240_000);
