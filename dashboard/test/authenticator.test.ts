import jsqr from "jsqr";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { must } from "../../config/must.ts";
import { openDashboard, signIn, violationsEverywhere } from "../../testing/browser.ts";
import type { Program } from "../../testing/program.ts";
import { codeOf } from "../../testing/totp.ts";

let node: Program;
let demo: Demo;
let browser: Browser;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ node, demo, browser, close } = await openDashboard({}, { role: "api" }));
});
afterAll(() => close());

/** What the browser draws, four pixels a module, as a camera would see it. */
const DRAWN = `(() => {
  const svg = document.querySelector("svg[role=img]");
  const size = svg.viewBox.baseVal.width * 4;
  const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, size, size);
  context.scale(4, 4);
  context.fillStyle = "#000";
  context.fill(new Path2D(svg.querySelector("path").getAttribute("d")));
  return { size, pixels: [...context.getImageData(0, 0, size, size).data] };
})()`;

async function scanned(page: Page): Promise<string> {
  const { size, pixels } = (await page.evaluate(DRAWN)) as { size: number; pixels: number[] };
  return must(jsqr.default(new Uint8ClampedArray(pixels), size, size), "a code that can be read").data;
}

it("sets an authenticator up by a code that a camera reads", async () => {
  const { page, context, faults } = await signIn(browser, node.url, demo, "clinician");
  await page.goto(`${node.url}/account`);
  await page.getByRole("button", { name: "Set up an authenticator" }).press("Enter");
  await page.getByRole("img", { name: "The key as a code for the app's camera" }).waitFor();
  const uri = new URL(await scanned(page));
  expect(uri.protocol).toBe("otpauth:");
  expect(await violationsEverywhere(page)).toEqual([]);
  await page
    .getByLabel("Code of the authenticator")
    .fill(await codeOf(must(uri.searchParams.get("secret"), "key")));
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Keep these recovery codes now").waitFor();
  expect(faults).toEqual([]);
  await context.close();
}, 240_000);
