import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deliverable, toolsFor } from "tocsin/testkit";
import type { ChannelInstance, Deliverable } from "tocsin/channel";
import push from "./index.ts";
import { aDevice, type TestDevice } from "./testing/device.ts";
import { type PushService, startPushService } from "./testing/service.ts";

let service: PushService;
let phone: TestDevice;
let desk: TestDevice;
let instance: ChannelInstance;

beforeEach(async () => {
  service = await startPushService();
  phone = aDevice(`${service.url}/phone`);
  desk = aDevice(`${service.url}/desk`);
  const config = push.config.parse({ contact: "mailto:it@hospital.example", hosts: [service.host] });
  instance = await push.start(config, toolsFor(push, push.hosts(config)));
});
afterEach(() => service.close());

const address = (): string =>
  JSON.stringify([
    { id: "phone", ...phone.subscription },
    { id: "desk", ...desk.subscription },
  ]);
const deliver = (more: Partial<Deliverable> = {}) =>
  instance.deliver({ ...deliverable({ address: address() }), ...more });

describe("what is sent", () => {
  it("reaches every device, each sealed for it alone: ids, category, priority and urgency, and no word of the message", async () => {
    expect(await deliver()).toEqual({ kind: "accepted" });
    expect(service.faults).toEqual([]);
    const [first, second] = service.messages;
    expect(new Set(service.messages.map(({ path }) => path))).toEqual(new Set(["/phone", "/desk"]));
    const bodyOf = (path: string) =>
      service.messages.find((one) => one.path === path)?.body ?? Buffer.alloc(0);
    const told = {
      notification_id: "019a0000-0000-7000-8000-000000000001",
      delivery_id: "019a0000-0000-7000-8000-000000000002",
      category: "patient_alert",
      priority: "high",
      urgency: "high",
    };
    expect(phone.open(bodyOf("/phone"))).toEqual(told);
    expect(desk.open(bodyOf("/desk"))).toEqual(told);
    expect(() => desk.open(bodyOf("/phone"))).toThrow();
    expect(first?.body.equals(second?.body ?? Buffer.alloc(0))).toBe(false);
    expect(first?.headers).toMatchObject({ urgency: "high", ttl: "86400" });
  });

  it("carries the token of the link that answers once, where somebody waits for that, and says when it is over", async () => {
    const url = "https://tocsin.hospital.example/answer#made-up-token";
    const open = () =>
      phone.open(service.messages.findLast(({ path }) => path === "/phone")?.body ?? Buffer.alloc(0));
    await deliver({ asks: { url, code: "123" } });
    expect(open()).toMatchObject({ answer: "made-up-token" });
    await deliver({ asks: { url: null, code: "123" } });
    expect(open()).toMatchObject({ answer: null });
    await deliver({ ends: { how: "taken", deliveryId: "d", providerId: null } });
    expect(open()).toMatchObject({ over: true });
    // What says that it is over takes the place of what still waits at the push service.
    expect(new Set(service.messages.map(({ headers }) => headers["topic"])).size).toBe(1);
  });
});

describe("what becomes of it", () => {
  it.each([404, 410])("names a device that the push service answers %i for as gone", async (status) => {
    service.treat({ status });
    expect(await deliver()).toEqual({ kind: "reject", code: "no_address", gone: ["phone", "desk"] });
  });

  it("counts as taken once one device took it", async () => {
    const away = aDevice("http://127.0.0.1:1/away");
    const devices = [
      { id: "away", ...away.subscription },
      { id: "phone", ...phone.subscription },
    ];
    const recipient = { ...deliverable({ address: null }).recipient, address: JSON.stringify(devices) };
    expect(await deliver({ recipient })).toEqual({ kind: "accepted" });
  });
});

it("takes nothing from the others where one device can't be asked at all", async () => {
  const broken = { id: "broken", ...phone.subscription, endpoint: "https://:word@fcm.googleapis.com/abc" };
  const whole = [broken, { id: "desk", ...desk.subscription }];
  const to = (devices: object[]) => ({
    recipient: { ...deliverable({ address: null }).recipient, address: JSON.stringify(devices) },
  });
  expect(await deliver(to(whole))).toEqual({ kind: "accepted" });
  expect(service.messages.map(({ path }) => path)).toEqual(["/desk"]);
  await expect(deliver(to([broken]))).rejects.toThrow();
});

describe("a subscription", () => {
  const read = (subscription: object, hosts?: string[]) =>
    push.address?.(
      JSON.stringify([subscription]),
      push.config.parse({ contact: "https://hospital.example", ...(hosts === undefined ? {} : { hosts }) }),
    );
  const at = (endpoint: string) => ({ ...phone.subscription, endpoint });

  it("is taken from the browsers' push services, and from no other host", () => {
    for (const good of [
      "https://fcm.googleapis.com/fcm/send/abc",
      "https://updates.push.services.mozilla.com/wpush/v2/abc",
      "https://web.push.apple.com/abc",
      "https://wns2-par02p.notify.windows.com/w/?token=abc",
    ])
      expect([good, read(at(good))]).toEqual([good, JSON.stringify([at(good)])]);
    for (const bad of [
      "http://fcm.googleapis.com/fcm/send/abc",
      "https://fcm.googleapis.com.evil.example/abc",
      "https://evilnotify.windows.com/abc",
      "https://user@fcm.googleapis.com/abc",
      "https://:word@fcm.googleapis.com/abc",
      "https://169.254.169.254/latest/meta-data",
      "https://10.0.0.1/abc",
      "https://localhost/abc",
      "file:///etc/passwd",
      "nonsense",
    ])
      expect([bad, read(at(bad))]).toEqual([bad, null]);
  });

  it("has keys that something can be sealed with", () => {
    const { keys } = phone.subscription;
    const endpoint = "https://fcm.googleapis.com/fcm/send/abc";
    const outside = Buffer.alloc(65, 7);
    outside[0] = 4;
    for (const bad of [
      { ...keys, p256dh: outside.toString("base64url") },
      { ...keys, p256dh: keys.p256dh.slice(1) },
      { ...keys, auth: "short" },
      { p256dh: keys.p256dh },
    ])
      expect(read({ endpoint, keys: bad })).toBeNull();
    expect(read({ endpoint, keys, more: true })).toBeNull();
  });
});
