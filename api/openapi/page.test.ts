import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launch, violationsEverywhere } from "../../testing/browser.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { startServer, type TestServer } from "../../testing/server.ts";

let hospital: Hospital;
let server: TestServer;
let browser: Browser;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  [hospital, browser] = await Promise.all([createHospital(), launch()]);
  server = await startServer(hospital);
  page = await browser.newPage();
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.goto(`${server.url}/api/docs#send`);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  await hospital.close();
});

const call = () => page.locator("#send");

it("opens at a call, with its example and its answers, for everybody to read", async () => {
  await call().locator("form").waitFor();
  expect(await call().getByLabel("Body, application/json").inputValue()).toContain('"user_id": "a.example"');
  expect(await call().locator("dd").first().textContent()).toContain('"status": "sent"');
  expect(await violationsEverywhere(page)).toEqual([]);
});

it("makes a call with the key that is typed in, under a strict policy, and keeps nothing", async () => {
  await page.getByLabel("A service's key").fill(hospital.services.north.key);
  await call()
    .getByLabel("Body, application/json")
    .fill(JSON.stringify({ user_id: "north-1", territory_id: "north", message: "Bed 4 is ready." }));
  await call().getByLabel("Idempotency-Key").fill("from-the-page");
  await call().getByRole("button", { name: "Try it" }).click();
  await call()
    .getByText(/^202 Accepted/)
    .waitFor();
  const [send] = await hospital.asOwner("SELECT id FROM sends");
  expect(await call().locator("output").textContent()).toContain(String(send?.["id"]));
  expect(await page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")).toEqual([
    0,
    0,
    "",
  ]);
  expect(faults).toEqual([]);
});

it("may run nothing but its own script, and may send nothing elsewhere", async () => {
  const run = `(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.ran = true";
    document.body.append(script);
  })()`;
  await page.evaluate(run).catch(() => undefined);
  expect(await page.evaluate("globalThis.ran")).toBeUndefined();
  const elsewhere = `fetch("http://127.0.0.1:9/").then(() => "sent", ({ message }) => message)`;
  expect(await page.evaluate(elsewhere)).toBe("Failed to fetch");
  expect(faults.join()).toContain("connect-src 'self'");
});
