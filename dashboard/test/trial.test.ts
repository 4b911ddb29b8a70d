import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violationsEverywhere } from "../../testing/browser.ts";
import type { Program } from "../../testing/program.ts";
import type { Site } from "../../testing/site.ts";
import { type RedisServer, startRedisServer } from "../../tools/services/redis.ts";

let site: Site;
let node: Program;
let demo: Demo;
let browser: Browser;
let close: () => Promise<void>;
let folder: string;
let redis: RedisServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tocsin-trial-"));
  redis = await startRedisServer({ folder });
  ({ site, node, demo, browser, close } = await openDashboard({ REDIS_URL: redis.url }));
});
afterAll(async () => {
  await close();
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

const tried = async (page: Page): Promise<Record<string, string>> => {
  const section = page.getByRole("region", { name: "Not arriving?" });
  await section.getByRole("button", { name: "Send a test to this screen" }).press("Enter");
  await section.getByRole("button", { name: "Testing …" }).waitFor();
  await section.getByRole("button", { name: "Send a test to this screen" }).waitFor();
  const texts = await section.getByRole("listitem").allInnerTexts();
  return Object.fromEntries(texts.map((text) => text.split("\n")).map(([name, state]) => [name, state]));
};
const open = async (url: string) => {
  const visit = await signIn(browser, url, demo, "clinician");
  await visit.page.locator('[data-connection="live"]').waitFor();
  await visit.page.getByRole("link", { name: "System" }).click();
  return visit;
};
const works = expect.stringMatching(/^Works, [\d.]+ m?s$/);

it("sends a test by session, socket, bus and worker to this screen and back, each step timed, and leaves none behind", async () => {
  const { page, context, faults } = await open(node.url);
  expect(await tried(page)).toEqual({
    "Your session": works,
    "The live connection of this screen": works,
    "The test is taken in and kept": works,
    "The bus between the nodes": works,
    "A worker brings it into your inbox": works,
    "It appears on this screen by itself": works,
    "The receipt comes back": works,
  });
  await page.getByText("The test arrived and came back.").first().waitFor();
  expect(await violationsEverywhere(page)).toEqual([]);
  await page
    .getByRole("link", { name: /^Inbox/ })
    .first()
    .click();
  await page.getByText("Nothing needs you right now.").waitFor();
  expect(await page.locator("article", { hasText: "Test notification" }).count()).toBe(0);
  // A busy machine may be slow enough that the page asks for what is not there yet.
  expect(faults.filter((fault) => !fault.includes("404"))).toEqual([]);
  await context.close();
}, 240_000);

it("says which part is down and what to do, where there is no worker and no Redis", async () => {
  await node.stop();
  const deaf = await site.start({ role: "api" });
  const { page, context } = await open(deaf.url);
  await redis.stop("SIGKILL");
  expect(await tried(page)).toEqual({
    "Your session": works,
    "The live connection of this screen": works,
    "The test is taken in and kept": works,
    "The bus between the nodes": "Does not work",
    "A worker brings it into your inbox": "Does not work",
    "It appears on this screen by itself": "Waiting",
    "The receipt comes back": "Waiting",
  });
  await page.getByText(/no worker has taken it up/).waitFor();
  await page.getByText(/Redis does not answer: screens/).waitFor();
  expect(await violationsEverywhere(page)).toEqual([]);
  await context.close();
}, 240_000);
