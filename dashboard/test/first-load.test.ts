import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn } from "../../testing/browser.ts";
import { demoUser, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";

let node: Program;
let demo: Demo;
let browser: Browser;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ node, demo, browser, close } = await openDashboard());
});
afterAll(() => close());

it("asks for the session and the list once as it is loaded, and shows the first alert high up on a phone", async () => {
  for (const [title, priority] of [
    ["Potassium 6.8", "critical"],
    ["Bed 4", "normal"],
  ])
    await send(
      node.url,
      demo.api_key,
      { ...targetOf(demoUser(demo, "clinician")), title, message: "Repeat.", priority },
      { Prefer: "wait=20" },
    );
  const { page, context, faults } = await signIn(browser, node.url, demo, "clinician");
  await page.setViewportSize({ width: 375, height: 812 });
  await page.waitForLoadState("networkidle");
  const asked: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith("/api/")) asked.push(`${request.method()} ${pathname}`);
  });
  await page.reload();
  await page.locator('[data-connection="live"]').waitFor();
  const first = page.locator("article[data-notification-id]").first();
  await first.getByText("Potassium 6.8").waitFor();
  await page.locator("article[data-notification-id]").nth(1).waitFor();
  await page.waitForLoadState("networkidle");
  const times = (call: string): number => asked.filter((one) => one === call).length;
  expect(times("GET /api/sessions")).toBe(1);
  expect(times("GET /api/notifications")).toBe(1);
  const box = await first.boundingBox();
  expect(box?.y).toBeLessThan(120);
  expect(faults).toEqual([]);
  await context.close();
}, 240_000);

/** A file of the build, and those that it needs before it can run. */
type Manifest = Record<string, { file: string; imports?: string[]; isEntry?: boolean }>;

/** Bytes, compressed as they are sent. What is fetched afterwards, for pages that somebody may go to, doesn't count. */
const MOST_SCRIPT = 150_000;

it("needs at most 150 KB of compressed scripts for any page", async () => {
  const client = join(import.meta.dirname, "../.svelte-kit/output/client");
  const manifest: Manifest = JSON.parse(await readFile(join(client, ".vite/manifest.json"), "utf8"));
  const sizes = new Map<string, number>();
  const weigh = async (file: string): Promise<number> => {
    const size = sizes.get(file) ?? gzipSync(await readFile(join(client, file))).length;
    sizes.set(file, size);
    return size;
  };
  const nodes = Object.keys(manifest).flatMap((name) => /\/nodes\/(\d+)\.js$/.exec(name)?.[1] ?? []);
  const nodeOf = (number: string): string =>
    must(
      Object.keys(manifest).find((name) => name.endsWith(`/nodes/${number}.js`)),
      `node ${number}`,
    );
  const started = Object.keys(manifest).filter((name) => /\/(client-entry|entry|app)\.js$/.test(name));
  expect(nodes.length).toBeGreaterThan(25);
  expect(started.length).toBeGreaterThanOrEqual(2);
  for (const node of nodes) {
    // The two layouts around all pages of whoever is signed in, and the page.
    const needed = new Set<string>([...started, nodeOf("0"), nodeOf("2"), nodeOf(node)]);
    for (const name of needed) for (const other of manifest[name]?.imports ?? []) needed.add(other);
    let bytes = 0;
    for (const name of needed) bytes += await weigh(must(manifest[name], name).file);
    expect(bytes, `page ${node}`).toBeLessThanOrEqual(MOST_SCRIPT);
  }
});

it("moves nothing for whoever asked their system for that", async () => {
  const { page, context } = await signIn(browser, node.url, demo, "clinician");
  await page.getByRole("link", { name: "Preferences" }).click();
  await page.getByRole("switch").first().waitFor();
  const longest = () =>
    page.evaluate(() =>
      Math.max(
        ...Array.from(document.querySelectorAll("*")).flatMap((element) => {
          const styles = [null, "::before", "::after"].map((part) => getComputedStyle(element, part));
          const times = styles.flatMap(({ animationName, animationDuration, transitionDuration }) =>
            `${transitionDuration}, ${animationName === "none" ? "0s" : animationDuration}`.split(", "),
          );
          return times.map((time) => Number.parseFloat(time) * (time.endsWith("ms") ? 1 : 1_000));
        }),
      ),
    );
  expect(await longest()).toBeGreaterThan(50);
  await page.emulateMedia({ reducedMotion: "reduce" });
  expect(await longest()).toBeLessThan(1);
  await context.close();
}, 240_000);
