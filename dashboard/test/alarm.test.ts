import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import type { Demo } from "../../store/demo.ts";
import { openDashboard, signIn, violations } from "../../testing/browser.ts";
import { demoUser, Person, send, targetOf } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";

/** Delivers push messages to the page's service worker, as the browser's push service does. */
async function pusher(page: Page): Promise<(data: unknown) => Promise<void>> {
  const cdp = await page.context().newCDPSession(page);
  const registered = Promise.withResolvers<string>();
  cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
    const [one] = registrations;
    if (one !== undefined) registered.resolve(one.registrationId);
  });
  await cdp.send("ServiceWorker.enable");
  const registrationId = await registered.promise;
  const { origin } = new URL(page.url());
  return async (data) => {
    await cdp.send("ServiceWorker.deliverPushMessage", {
      origin,
      registrationId,
      data: JSON.stringify(data),
    });
  };
}

/** What a person notices of a critical alert who does not look at the inbox. */
describe("a critical alert", () => {
  let node: Program;
  let demo: Demo;
  let browser: Browser;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ node, demo, browser, close } = await openDashboard());
  });
  afterAll(() => close());

  async function alert(title: string, priority = "critical"): Promise<string> {
    const body = { ...targetOf(demoUser(demo, "clinician")), title, message: "Repeat.", priority };
    return (await send(node.url, demo.api_key, body)).body.notification_id;
  }

  it("stays on every page until it is acknowledged or opened, from there too", async () => {
    const { page, context, faults } = await signIn(browser, node.url, demo, "clinician");
    const person = await Person.signIn(node.url, demoUser(demo, "clinician"));
    const statusOf = async (id: string): Promise<string> =>
      (await (await person.fetch(`/api/notifications/${id}`)).json()).status;
    const banner = page.getByRole("complementary");
    await page.locator('[data-connection="live"]').waitFor();
    await page.getByRole("link", { name: "Preferences" }).click();
    const first = await alert("Potassium 6.8");
    await banner.getByText("Potassium 6.8").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("link", { name: /Account of/ }).click();
    await banner.getByText("Potassium 6.8").waitFor();

    const second = await alert("Sodium 112 of Jane Whitfield");
    await banner.getByText("Sodium 112 of name hidden").waitFor();
    await banner.getByRole("link", { name: "Open all 2" }).waitFor();
    // A moment later the click is meant for the one that is shown.
    await page.waitForFunction(
      (since) => performance.now() - since > 500,
      await page.evaluate("performance.now()"),
    );
    await banner.getByRole("button", { name: "Acknowledge" }).click();
    await banner.getByText("Potassium 6.8").waitFor();
    await expect
      .poll(async () => [await statusOf(first), await statusOf(second)])
      .toEqual(["delivered", "acknowledged"]);
    await banner.getByRole("link", { name: "Open" }).click();
    await page.locator(`article[data-notification-id="${first}"]`).waitFor();
    await banner.waitFor({ state: "detached" });
    expect(faults).toEqual([]);
    await context.close();
  }, 240_000);

  it("sounds otherwise than others on a device where somebody turned that on, and shows nothing of it to the system", async () => {
    const { page, context } = await signIn(browser, node.url, demo, "clinician");
    await context.grantPermissions(["notifications"], { origin: node.url });
    // Counts what would be heard; a page shows nothing by itself, as on a phone.
    await page.addInitScript(`
      window.heard = [];
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (at) { heard.push(this.type); start.call(this, at); };
      window.Notification = new Proxy(Notification, { construct() { throw new TypeError("Illegal constructor"); } });
    `);
    await page.reload();
    await page.locator('[data-connection="live"]').waitFor();
    const heard = (): Promise<string[]> => page.evaluate("heard.splice(0)");
    await alert("Before anybody turned it on");
    await page.getByText("Critical notification: Before anybody").waitFor({ state: "attached" });
    expect(await heard()).toEqual([]);

    await page.getByRole("button", { name: "Turn on" }).click();
    expect(await heard()).toEqual(["sine"]);
    await alert("An order", "normal");
    await page.getByText("New notification: An order").waitFor({ state: "attached" });
    await expect.poll(heard).toEqual(["sine"]);
    await page.evaluate(
      "Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })",
    );
    await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
    const deliver = await pusher(page);
    const id = await alert("Potassium 7.1");
    await expect.poll(heard).toEqual(Array(6).fill("square"));
    const shown = (): Promise<string[][]> =>
      page.evaluate(
        "navigator.serviceWorker.ready.then((one) => one.getNotifications()).then((all) => all.map(({ title, body, tag }) => [title, body, tag]))",
      );
    const once = [["Critical alert", "System message. Open Tocsin to read it.", id]];
    await expect.poll(shown).toEqual(once);
    // Told by push too, the system shows one of it; the second message of another one says that the first was dealt with.
    const push = { category: "system_message", priority: "critical" };
    const other = "0195a1f0-5c00-7000-8000-000000000001";
    await deliver({ ...push, notification_id: id, answer: null });
    await deliver({ ...push, notification_id: other });
    await expect
      .poll(async () => (await shown()).map(([, , tag]) => tag).toSorted())
      .toEqual([other, id].toSorted());

    // A click on it leads to its page.
    const worker = must(context.serviceWorkers()[0], "service worker");
    await worker.evaluate(async (tag) => {
      const scope = self as unknown as ServiceWorkerGlobalScope;
      const [notification] = await scope.registration.getNotifications({ tag });
      if (notification === undefined) throw new Error("it is not shown");
      scope.dispatchEvent(new NotificationEvent("notificationclick", { notification, action: "" }));
    }, id);
    await page.waitForURL(`${node.url}/notifications/${id}`);
    await page.getByRole("heading", { level: 1, name: "Potassium 7.1" }).waitFor();

    await page.getByRole("link", { name: "Preferences" }).click();
    const tried = page.getByRole("button", { name: "Hear a critical alert" });
    await tried.click();
    expect(await heard()).toHaveLength(6);
    await page.getByRole("switch", { name: /^Sound/ }).click();
    await page.getByText("This device is silent.").waitFor();
    await alert("Chloride 80");
    await page.getByText("Critical notification: Chloride 80").waitFor({ state: "attached" });
    expect(await heard()).toEqual([]);
    await context.close();
  }, 240_000);
});
