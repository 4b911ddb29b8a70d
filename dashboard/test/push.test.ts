import type { Page, Worker } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { aDevice, type TestDevice } from "../../plugins/push/testing/device.ts";
import { type PushService, startPushService } from "../../plugins/push/testing/service.ts";
import { freePorts } from "../../tools/services/spawn.ts";
import { openDashboard, type OpenDashboard, signIn, violations } from "../../testing/browser.ts";
import { demoUser, Person, send, targetOf } from "../../testing/client.ts";

/** A notification that the service worker shows. */
interface Shown {
  title: string;
  body: string;
  tag: string;
  actions: string[];
}

describe("Web Push, from the preferences to the device and back", () => {
  let service: PushService;
  let site: OpenDashboard;
  let device: TestDevice;

  beforeAll(async () => {
    service = await startPushService();
    device = aDevice(`${service.url}/phone`);
    const CHANNEL_PUSH = JSON.stringify({ contact: "mailto:it@hospital.example", hosts: [service.host] });
    const [port = 0] = await freePorts(1);
    const PUBLIC_URL = `http://127.0.0.1:${port}`;
    site = await openDashboard({ CHANNEL_PUSH, PORT: String(port), PUBLIC_URL });
  });
  afterAll(async () => {
    await site.close();
    await service.close();
  });

  /** A push service stands in for the browser's own, which a test has none of: what it is sent is opened by the keys that the page gave, and handed to the service worker. */
  async function standIn(page: Page) {
    await page.addInitScript((subscription) => {
      let subscribed = false;
      const made = {
        endpoint: subscription.endpoint,
        toJSON: () => subscription,
        unsubscribe: async () => !(subscribed = false),
      };
      PushManager.prototype.subscribe = async (options) => {
        if (typeof options?.applicationServerKey !== "string" || !options.userVisibleOnly)
          throw new Error("not as it has to be");
        subscribed = true;
        return made as unknown as PushSubscription;
      };
      PushManager.prototype.getSubscription = async () =>
        subscribed ? (made as unknown as PushSubscription) : null;
    }, device.subscription);
    await page.reload();
    await page.locator('[data-connection="live"]').waitFor();
    const cdp = await page.context().newCDPSession(page);
    const registered = Promise.withResolvers<string>();
    cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const [one] = registrations;
      if (one !== undefined) registered.resolve(one.registrationId);
    });
    await cdp.send("ServiceWorker.enable");
    const registrationId = await registered.promise;
    const origin = new URL(page.url()).origin;
    return async (data: unknown): Promise<void> => {
      await cdp.send("ServiceWorker.deliverPushMessage", {
        origin,
        registrationId,
        data: JSON.stringify(data),
      });
    };
  }

  const shown = (page: Page): Promise<Shown[]> =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      return (await registration.getNotifications()).map((one) => ({
        title: one.title,
        body: one.body,
        tag: one.tag,
        actions: ((one as unknown as { actions: { action: string }[] }).actions ?? []).map(
          ({ action }) => action,
        ),
      }));
    });

  /** As though a person clicked a button of a notification. */
  const click = (worker: Worker, tag: string, action: string): Promise<void> =>
    worker.evaluate(
      async ([tag, action]) => {
        const scope = self as unknown as ServiceWorkerGlobalScope;
        const [notification] = await scope.registration.getNotifications({ tag });
        if (notification === undefined) throw new Error("it is not shown");
        scope.dispatchEvent(new NotificationEvent("notificationclick", { notification, action }));
      },
      [tag, action] as const,
    );

  it("adds the browser by a click, shows what came without a word of it, acknowledges by session and by token, and says when it is gone", async () => {
    const { node, demo, browser } = site;
    const { page, context } = await signIn(browser, node.url, demo, "clinician");
    await context.grantPermissions(["notifications"], { origin: node.url });
    const deliver = await standIn(page);
    await page.getByRole("link", { name: "Preferences" }).click();
    const card = page.getByRole("region", { name: "Push" });
    await card.getByText("No device").waitFor();
    await card.getByRole("button", { name: "Add this device" }).click();
    await card.getByText(/^added/).waitFor();
    expect(await violations(page)).toEqual([]);

    const user = demoUser(demo, "clinician");
    const person = await Person.signIn(node.url, user);
    const alert = async (title: string): Promise<string> =>
      (
        await send(node.url, demo.api_key, {
          ...targetOf(user),
          title,
          message: "Zebulon Quillfeather",
          priority: "critical",
        })
      ).body.notification_id;
    const pushed = async (id: string): Promise<unknown> => {
      const found = () => service.messages.find(({ headers }) => headers["topic"] === id.replaceAll("-", ""));
      await expect.poll(found, { timeout: 60_000 }).toBeDefined();
      return device.open(must(found(), "message").body);
    };
    const statusOf = async (id: string): Promise<string> =>
      (await (await person.fetch(`/api/notifications/${id}`)).json()).status;
    const worker = must(context.serviceWorkers()[0], "service worker");

    // Somebody who looks at an open page is not told by other channels at once.
    await page.goto("about:blank");
    const first = await alert("By the session");
    const told = await pushed(first);
    expect(JSON.stringify(told)).not.toMatch(/Quillfeather|session/);
    await page.goto(`${node.url}/preferences`);
    await card.getByText(/^added/).waitFor();
    await deliver(told);
    await expect
      .poll(() => shown(page))
      .toEqual([
        {
          title: "Critical alert",
          body: "System message. Open Tocsin to read it.",
          tag: first,
          actions: ["acknowledge", "open"],
        },
      ]);
    await click(worker, first, "acknowledge");
    await expect.poll(() => statusOf(first)).toBe("acknowledged");

    // The session is over: the token that came along does it.
    await page.goto("about:blank");
    const second = await alert("By the token");
    const cookies = await context.cookies();
    const again = await pushed(second);
    await page.goto(`${node.url}/preferences`);
    await card.getByText(/^added/).waitFor();
    await deliver(again);
    await expect.poll(async () => (await shown(page)).map(({ tag }) => tag)).toEqual([second]);
    await context.clearCookies();
    await click(worker, second, "acknowledge");
    await expect.poll(() => statusOf(second)).toBe("acknowledged");
    await context.addCookies(cookies);

    // The push service knows it no more.
    service.treat({ status: 410 });
    await page.goto("about:blank");
    await alert("Gone");
    const gone = async () => (await (await person.fetch("/api/devices")).json()).devices[0].gone_at;
    await expect.poll(gone, { timeout: 60_000 }).not.toBeNull();
    await page.goto(`${node.url}/preferences`);
    await card.getByText(/^Takes nothing since/).waitFor();
    expect(await violations(page)).toEqual([]);

    // Added anew, and taken along by signing out.
    service.treat("take");
    await card.getByRole("button", { name: "Add this device" }).click();
    await card.getByText(/^added/).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("You are signed out.").waitFor();
    expect((await (await person.fetch("/api/devices")).json()).devices).toEqual([]);
    await context.close();
  }, 300_000);
});
