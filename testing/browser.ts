import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { Demo } from "../store/demo.ts";
import { demoUser } from "./client.ts";
import type { Program, StartOptions } from "./program.ts";
import { createSite, type Site } from "./site.ts";
import { findChromium } from "../tools/services/chromium.ts";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/**
 * What nobody sees here: two pages of the address bar's, which every context loads into a window of its own and which cost it more CPU than
 * the dashboard does. The switch takes the place of Playwright's own list, so what of that says how a page behaves stands here too.
 */
const LEFT_OUT = [
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsUpgrades",
  "HttpsFirstBalancedModeAutoEnable",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
];

interface Habits {
  /** Whether it keeps pages that were left, and brings them back at a press of Back, as people's own do. */
  keepsPages?: boolean;
}

/** A real browser, as people use the dashboard. */
export async function launch({ keepsPages = false }: Habits = {}): Promise<Browser> {
  return await chromium.launch({
    executablePath: await findChromium(),
    ignoreDefaultArgs: keepsPages ? ["--disable-back-forward-cache"] : [],
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", `--disable-features=${LEFT_OUT.join()}`],
  });
}

/** A site with one node that serves the dashboard, and a browser to look at it. */
export interface OpenDashboard {
  site: Site;
  node: Program;
  demo: Demo;
  browser: Browser;
  close(): Promise<void>;
}

/**
 * @param overrides of the node's environment
 * @param role "api" where nothing that is sent has to arrive: a node without a worker costs less to start, and less while it runs
 */
export async function openDashboard(
  overrides: Record<string, string> = {},
  { role, ...habits }: Habits & Pick<StartOptions, "role"> = {},
): Promise<OpenDashboard> {
  const site = await createSite(overrides);
  const options = role === undefined ? {} : { role };
  const [node, browser] = await Promise.all([site.start(options), launch(habits)]);
  const close = async (): Promise<void> => {
    await browser.close();
    await site.close();
  };
  return { site, node, demo: await site.demo(), browser, close };
}

export interface Visitor {
  page: Page;
  context: BrowserContext;
  /** Everything that the page threw, and every error that the browser reported from the sign-in on. */
  faults: string[];
}

/** How long a page may take for a step; ms. Longer than any needs on a machine that does nothing else. */
const PATIENCE = 90_000;

/** Signs one of the demo's people in. */
export async function signIn(
  browser: Browser,
  url: string,
  demo: Demo,
  role: string,
  which = 0,
): Promise<Visitor> {
  return await signInAs(browser, url, demoUser(demo, role, which));
}

/** Signs somebody in by email and password. */
export async function signInAs(
  browser: Browser,
  url: string,
  { email, password }: { email: string; password: string },
): Promise<Visitor> {
  const context = await browser.newContext({ locale: "en-US", timezoneId: "Europe/Zurich" });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  await page.goto(url);
  await page.getByLabel("Email").fill(email);
  // Until here the page had to find out that nobody is signed in, which a browser reports as an error.
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  // While the pointer is among the rows of the inbox, what arrives waits.
  await page.mouse.move(0, 0);
  return { page, context, faults };
}

/** A page that axe looks at. */
interface Walked {
  axe: typeof axe;
  scrollX: number;
  scrollY: number;
  scrollTo(x: number, y: number): void;
}

/**
 * Everything that axe finds against WCAG 2.2 AA, each as rule and place. Judged with the page scrolled to its top: where it was
 * scrolled to, a link that is half behind the header that stays would count as too small a target.
 */
export async function violations(page: Page): Promise<string[]> {
  // A page that is walked through keeps it.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const found = await page.evaluate(async (tags) => {
    const window = globalThis as unknown as Walked;
    const { scrollX, scrollY } = window;
    window.scrollTo(0, 0);
    const results = await window.axe.run({ runOnly: tags });
    window.scrollTo(scrollX, scrollY);
    return results.violations;
  }, WCAG);
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}

/** What axe finds, and how far the page is too wide, light and dark, on desks and on a phone. Leaves the page light, on a desk. */
export async function violationsEverywhere(page: Page): Promise<string[]> {
  const desk = { width: 1_440, height: 900 };
  const found: string[] = [];
  for (const size of [desk, { width: 1_920, height: 1_080 }, { width: 375, height: 812 }])
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      const faults = await violations(page);
      const tooWide = Number(await page.evaluate("document.documentElement.scrollWidth - innerWidth"));
      if (tooWide > 0) faults.push(`${tooWide} px too wide`);
      found.push(...faults.map((fault) => `${size.width} ${colorScheme}: ${fault}`));
    }
  await page.setViewportSize(desk);
  await page.emulateMedia({ colorScheme: "light" });
  return found;
}
