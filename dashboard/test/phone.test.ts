import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import { demoUser, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";

/** A phone that is held upright; px. */
const PHONE = { width: 375, height: 812 };
/** What a finger hits (WCAG 2.5.5); px. */
const FINGER = 44;

describe("the dashboard on a phone", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ node, demo, browser, close } = await openDashboard());
  });
  afterAll(() => close());

  async function visit(role: string, which = 0) {
    const visitor = await signIn(browser, node.url, demo, role, which);
    await visitor.page.setViewportSize(PHONE);
    return visitor;
  }

  /** Everything on the page that can be hit and is smaller than a finger, each with its size; links within a sentence are exempt. */
  const small = (page: Page): Promise<string[]> =>
    page.evaluate((least) => {
      const found: string[] = [];
      for (const one of document.querySelectorAll<HTMLElement>(
        "a, button, summary, select, input:not(.visually-hidden), [role=switch]",
      )) {
        if (
          !one.checkVisibility() ||
          one.closest("p, .visually-hidden, label") !== null ||
          one.matches(".skip")
        )
          continue;
        const { width, height } = one.getBoundingClientRect();
        const grown = Number.parseFloat(getComputedStyle(one, "::after").height) || 0;
        if (width > 0 && Math.max(height, grown) < least - 0.5)
          found.push(
            `${one.tagName} ${one.textContent?.trim().slice(0, 30)} ${Math.round(width)}×${Math.round(height)}`,
          );
      }
      return found;
    }, FINGER);

  const overflow = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);

  it("has one line of 48 px at the top with a dot for the connection, and its pages as tabs under the thumb", async () => {
    const { page, context, faults } = await visit("supervisor");
    const body = {
      ...targetOf(demoUser(demo, "supervisor")),
      title: "First",
      message: "Repeat.",
      priority: "critical",
    };
    await send(node.url, demo.api_key, body);
    const tabs = page.getByRole("navigation", { name: "Main" });
    await tabs.getByRole("link", { name: "Inbox 1 to acknowledge", exact: true }).waitFor();
    expect((await tabs.getByRole("link").allInnerTexts()).map((text) => text.split("\n")[0])).toEqual([
      "Inbox",
      "Board",
      "Unanswered",
    ]);
    await page.locator('[data-connection="live"]').waitFor();
    const bar = must((await page.locator("header").boundingBox()) ?? undefined, "header");
    expect(bar).toMatchObject({ y: 0, height: 49 });
    expect(must((await page.locator("main h1").boundingBox()) ?? undefined, "heading").y).toBeLessThan(72);
    const foot = must((await page.locator("nav > .tabs").boundingBox()) ?? undefined, "tabs");
    expect(foot.y + foot.height).toBe(PHONE.height);

    await tabs.getByRole("button", { name: "More" }).click();
    await tabs.getByRole("link", { name: "Redaction" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await tabs.getByRole("link", { name: "Redaction" }).waitFor({ state: "hidden" });
    await tabs.getByRole("button", { name: "More" }).press("Enter");
    await tabs.getByRole("link", { name: "Preferences" }).press("Enter");
    await page.getByRole("heading", { level: 1, name: "Preferences" }).waitFor();
    await tabs.getByRole("link", { name: "Preferences" }).waitFor({ state: "hidden" });
    await expect.poll(() => page.title()).toBe("(1) Preferences · Tocsin");

    await page.goto(`${node.url}/no-such-page`);
    await page.getByRole("heading", { name: "Not found" }).waitFor();
    await expect.poll(() => page.title()).toMatch(/Not found · Tocsin$/);

    // The last line of a page can be scrolled out from under the tabs, and the banner stays above them.
    await page.goto(`${node.url}/system`);
    const banner = page.locator("aside.banner");
    await banner.waitFor();
    const { y, height } = must((await banner.boundingBox()) ?? undefined, "banner");
    expect(y + height).toBeLessThanOrEqual(foot.y + 1);

    await context.setOffline(true);
    const said = page.locator("header").getByText(/^(Offline|Reconnecting) — showing what arrived up to/);
    await said.waitFor();
    expect(must((await said.boundingBox()) ?? undefined, "words").y).toBeGreaterThan(40);
    await context.setOffline(false);
    expect(faults.filter((fault) => !/ERR_INTERNET_DISCONNECTED|404/.test(fault))).toEqual([]);
    await context.close();
  }, 240_000);

  it.each(["clinician", "supervisor", "admin", "auditor"])(
    "fits every page of the %s into its width, large enough for a finger, without a violation that axe finds",
    async (role) => {
      const { page, context, faults } = await visit(role, role === "clinician" ? 1 : 0);
      const more = page.getByRole("button", { name: "More" });
      await more.click();
      const paths = await page
        .getByRole("navigation", { name: "Main" })
        .getByRole("link")
        .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
      expect(paths).toContain("/account");
      for (const path of paths) {
        // The inbox's rows are held to it by their own test.
        if (path === "/") continue;
        await page.goto(node.url + path);
        await page.locator("main h1").waitFor();
        await page.waitForLoadState("networkidle");
        expect([path, await overflow(page), await small(page), await violations(page)]).toEqual([
          path,
          PHONE.width,
          [],
          [],
        ]);
      }
      expect(faults).toEqual([]);
      await context.close();
    },
    240_000,
  );

  it("shows tables as cards, whose cells say what they are, and keeps filters behind one button", async () => {
    const { page, context } = await visit("auditor");
    await page.goto(`${node.url}/audit`);
    const row = page.getByRole("row").nth(1);
    await row.waitFor();
    expect(await row.getByRole("cell").count()).toBeGreaterThan(5);
    const label = await row
      .getByRole("cell")
      .nth(1)
      .evaluate((cell) => getComputedStyle(cell, "::before").content);
    expect(label).toBe('"Who"');
    const [first, second] = await row
      .getByRole("cell")
      .evaluateAll((cells) => cells.slice(0, 2).map((cell) => cell.getBoundingClientRect().x));
    expect(must(second, "second")).toBeGreaterThan(must(first, "first") + 100);

    const filters = page.getByRole("button", { name: "Filters" });
    const form = page.getByRole("search");
    expect(await form.isVisible()).toBe(false);
    await filters.click();
    await form.waitFor();
    expect(await filters.getAttribute("aria-expanded")).toBe("true");
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    expect([await filters.isVisible(), await form.isVisible()]).toEqual([false, true]);
    await context.close();
  }, 240_000);
});

describe("what is there before the program, and without it", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ node, demo, browser, close } = await openDashboard());
  });
  afterAll(() => close());

  const closing = async (context: BrowserContext): Promise<void> => {
    await context.unrouteAll({ behavior: "ignoreErrors" });
    await context.close();
  };

  it("is a skeleton in the colours of the pages, which goes once they are there", async () => {
    const context = await browser.newContext({ colorScheme: "dark", serviceWorkers: "block" });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    const held = Promise.withResolvers<void>();
    await page.route(/_app\/immutable\/entry/, async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.goto(node.url, { waitUntil: "commit" });
    const skeleton = page.locator("#skeleton");
    await skeleton.getByText("Tocsin", { exact: true }).waitFor();
    const colour = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await expect.poll(colour).toBe("rgb(16, 22, 28)");
    expect(await page.title()).toBe("Tocsin");
    expect(await violations(page)).toEqual([]);
    held.resolve();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await skeleton.count()).toBe(0);
    expect(await colour()).toBe("rgb(16, 22, 28)");
    // Nothing that the policy of the page refused.
    expect(faults.filter((fault) => !fault.includes("401"))).toEqual([]);
    await closing(context);
  }, 240_000);

  it("can be installed, says since when it is offline, and keeps nothing of anybody's", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "clinician");
    const manifest = await (await page.request.get(`${node.url}/manifest.webmanifest`)).json();
    expect(manifest).toMatchObject({ name: "Tocsin", display: "standalone", start_url: "/" });
    for (const { src } of manifest.icons)
      expect([src, (await page.request.get(node.url + src)).status()]).toEqual([src, 200]);
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    await page.reload();
    await page.locator('[data-connection="live"]').waitFor();
    expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
    const kept = await page.evaluate(async () => {
      const urls: string[] = [];
      for (const name of await caches.keys())
        for (const { url } of await (await caches.open(name)).keys()) urls.push(new URL(url).pathname);
      return urls.sort();
    });
    expect(kept).toEqual(["/favicon.svg", "/offline.html", "/offline.js", "/skeleton.css", "/tokens.css"]);

    await context.setOffline(true);
    await page.goto(`${node.url}/preferences`);
    await page.getByRole("heading", { name: /^Offline since \d{1,2}:\d{2}/ }).waitFor();
    const since = await page.locator("time").getAttribute("datetime");
    expect(await violations(page)).toEqual([]);
    await page.reload();
    await page.getByRole("heading", { name: /^Offline since/ }).waitFor();
    expect(await page.locator("time").getAttribute("datetime")).toBe(since);
    await context.setOffline(false);
    await page.getByRole("heading", { level: 1, name: "Preferences" }).waitFor();
    expect(faults.filter((fault) => !/ERR_INTERNET_DISCONNECTED|503/.test(fault))).toEqual([]);
    await context.close();
  }, 240_000);

  it("reads in forced colours and on paper", async () => {
    const { page, context } = await signIn(browser, node.url, demo, "supervisor");
    await page.emulateMedia({ forcedColors: "active" });
    await page.getByRole("link", { name: "Deliveries" }).click();
    await page.getByRole("heading", { level: 1, name: "Deliveries" }).waitFor();
    const here = page.getByRole("link", { name: "Deliveries" });
    expect(await here.evaluate((link) => getComputedStyle(link).outlineStyle)).toBe("solid");
    await page.emulateMedia({ forcedColors: "none", media: "print", colorScheme: "dark" });
    const paper = await page.evaluate(() => [
      getComputedStyle(document.documentElement).backgroundColor,
      getComputedStyle(document.body).color,
      String(document.querySelector("nav")?.checkVisibility()),
    ]);
    expect(paper).toEqual(["rgb(255, 255, 255)", "rgb(23, 33, 43)", "false"]);
    await context.close();
  }, 240_000);
});
