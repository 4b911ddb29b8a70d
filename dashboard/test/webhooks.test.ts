import { createServer, type Server } from "node:http";
import type { Browser } from "playwright-core";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import { demoUser, Person, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";
import { until } from "../../testing/until.ts";

describe("the pages of webhooks", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;
  let receiver: Server;
  let address: string;
  const got: { headers: Record<string, string>; body: string }[] = [];

  beforeAll(async () => {
    receiver = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      got.push({ headers: request.headers as Record<string, string>, body });
      response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const bound = receiver.address();
    address = `http://127.0.0.1:${typeof bound === "object" ? bound?.port : ""}/tocsin`;
    ({ node, demo, browser, close } = await openDashboard({ CHANNEL_PRIVATE_HOSTS: "127.0.0.1" }));
  });
  afterAll(async () => {
    await close();
    receiver.close();
  });

  it("let an admin make one, try it, see what it was told, send it again, switch it off and remove it", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "admin");
    await page.getByRole("link", { name: "Webhooks" }).click();
    await page.getByText("There are no webhooks yet.").waitFor();
    expect(await violations(page)).toEqual([]);

    await page.getByRole("button", { name: "New webhook" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Make webhook" }).click();
    await dialog.getByText("Enter an address, as https://lab.west.example/tocsin.").waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByLabel("Address").fill(address);
    await dialog.getByRole("button", { name: "Make webhook" }).click();
    const secret = await dialog.locator("code").innerText();
    expect(secret).toMatch(/^whsec_/);
    await dialog.getByRole("button", { name: "I have kept it" }).click();
    await page.getByText("Everything", { exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);

    await page.getByRole("button", { name: `Ping ${address}` }).click();
    await page
      .getByText(/It answered after \d+ ms\./)
      .first()
      .waitFor();
    const [ping] = got;
    if (ping === undefined) throw new Error("the ping did not come");
    expect(new Webhook(secret).verify(ping.body, ping.headers)).toMatchObject({ type: "webhook.ping" });

    const clinician = demoUser(demo, "clinician");
    const body = { ...targetOf(clinician), message: "K+ 6.8", priority: "critical" };
    const { notification_id: id } = (await send(node.url, demo.api_key, body, { Prefer: "wait=20" })).body;
    const person = await Person.signIn(node.url, clinician);
    expect((await person.act(id, "acknowledge")).status).toBe(200);
    await until("it is told", () => got.some((one) => one.body.includes("notification.acknowledged")));
    await page.getByRole("link", { name: address }).click();
    const row = page.getByRole("row", { name: /^Acknowledged/ });
    await row.getByText("Delivered", { exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);
    const told = got.find((one) => one.body.includes("notification.acknowledged"))?.headers["webhook-id"];
    await row.getByRole("button", { name: /^Send again/ }).click();
    // Other events may come in between.
    await until(
      "it comes again, by the same id",
      () => got.filter(({ headers }) => headers["webhook-id"] === told).length === 2,
    );
    await page.getByRole("link", { name: "Show what was given up" }).click();
    await page.getByText("Nothing was given up.").waitFor();

    await page.getByRole("link", { name: "Webhooks" }).last().click();
    await page.getByRole("button", { name: `Switch off ${address}` }).click();
    await page.getByText("An administrator switched it off.").waitFor();
    await page.getByRole("button", { name: `Switch on ${address}` }).click();
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("button", { name: `Remove ${address}` }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("There are no webhooks yet.").waitFor();
    expect(faults).toEqual([]);
    await context.close();
  }, 240_000);
});
