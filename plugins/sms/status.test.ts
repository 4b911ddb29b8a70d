import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StatusCallback, StatusResult } from "tocsin/channel";
import { callbackForm, signForm } from "./fixture/callback.ts";
import { createMessage, type MessageStatus } from "./fixture/message.ts";
import { startTwilio, type Twilio } from "./fixture/server.ts";
import sms from "./index.ts";
import { readStatus } from "./status.ts";
import { CALLBACK_URL, deliverable, settings, started } from "./testing.ts";

const twilioIds = {
  url: "https://api.twilio.com",
  accountSid: `AC${"0".repeat(32)}`,
  authToken: "made-up-token",
};
const config = sms.config.parse(settings(twilioIds));
const FORM = new URLSearchParams({ To: "+12025550123", From: "+15005550006", Body: "x" });
const message = createMessage(twilioIds.accountSid, FORM);

/** A callback as Twilio makes it, with changes to its form that are signed as well. */
function callback(
  changes: Record<string, string | null>,
  called = CALLBACK_URL,
  signed = CALLBACK_URL,
): StatusCallback {
  const { origin, pathname, search } = new URL(called);
  const form = callbackForm(message);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) form.delete(name);
    else form.set(name, value);
  }
  return {
    method: "POST",
    origin,
    path: `${pathname}${search}`,
    headers: { "x-twilio-signature": signForm(twilioIds.authToken, signed, form) },
    body: Buffer.from(form.toString()),
  };
}

describe("status", () => {
  it.each([
    ["accepted", undefined, { outcome: "accepted" }],
    ["queued", undefined, { outcome: "accepted" }],
    ["sending", undefined, { outcome: "accepted" }],
    ["sent", undefined, { outcome: "accepted" }],
    ["delivered", undefined, { outcome: "delivered" }],
    ["read", undefined, { outcome: "delivered" }],
    ["undelivered", "30003", { outcome: "failed", code: "handset_unreachable" }],
    ["undelivered", "30005", { outcome: "failed", code: "unknown_subscriber" }],
    ["undelivered", "30007", { outcome: "failed", code: "filtered" }],
    ["undelivered", "39999", { outcome: "failed", code: "undelivered" }],
    ["failed", "30002", { outcome: "failed", code: "account_suspended" }],
    ["failed", undefined, { outcome: "failed", code: "failed" }],
    ["failed", "a patient's name", { outcome: "failed", code: "failed" }],
    ["canceled", undefined, { outcome: "failed", code: "canceled" }],
  ])("%s %s", (status, errorCode, update) => {
    const found = readStatus(config, callback({ MessageStatus: status, ErrorCode: errorCode ?? null }));
    expect(found).toEqual({ kind: "updates", updates: [{ providerId: message.sid, ...update }] });
  });

  it.each(["constructor", "receiving", "something new"])("%s changes nothing", (status) => {
    expect(readStatus(config, callback({ MessageStatus: status }))).toEqual({ kind: "updates", updates: [] });
  });

  it("takes the signature of the address that was set, whatever the request was addressed to", () => {
    const elsewhere = callback({}, "http://10.0.0.7:3000/api/channels/sms/status");
    expect(readStatus(config, elsewhere).kind).toBe("updates");
  });

  it("names the delivery that the address carries, as it was signed", () => {
    const { deliveryId } = deliverable().message;
    const signed = `${CALLBACK_URL}?delivery=${deliveryId}`;
    const inner = `http://10.0.0.7:3000/api/channels/sms/status?delivery=${deliveryId}`;
    for (const url of [signed, inner])
      expect(readStatus(config, callback({}, url, signed))).toMatchObject({ updates: [{ deliveryId }] });
    const another = signed.replace(deliveryId, "0192f0c1-7a00-7000-8000-000000000009");
    expect(readStatus(config, callback({}, another, signed))).toEqual({ kind: "unauthentic" });
    expect(readStatus(config, callback({}, `${CALLBACK_URL}?delivery=1`))).toMatchObject({
      updates: [{ providerId: message.sid }],
    });
  });

  it("takes the installation's own address where none was set, and nothing where that is not known", async () => {
    const open = { ...config, status_callback: undefined };
    expect(readStatus(open, callback({})).kind).toBe("updates");
    expect(readStatus(open, callback({}, "https://evil.example/")).kind).toBe("unauthentic");
    const nowhere = { ...callback({}), origin: null };
    expect(readStatus(open, nowhere)).toEqual({ kind: "unauthentic" });
    const lines: unknown[] = [];
    const plugin = await started(twilioIds, { status_callback: undefined }, lines);
    for (let n = 0; n < 3; n++) await plugin.status?.(nowhere);
    expect(JSON.stringify(lines).split("status_callback or PUBLIC_URL")).toHaveLength(2);
  });

  it.each([
    ["without a signature", { headers: {} }],
    ["with another signature", { headers: { "x-twilio-signature": "0/KCTR6DLpKmkAf8muzZqo1nDgQ=" } }],
    [
      "with a changed body",
      { body: Buffer.from(callbackForm({ ...message, status: "delivered" }).toString()) },
    ],
    ["with a body that is no text", { body: Buffer.from([0xff, 0xfe]) }],
  ])("%s is not authentic", (_name, change) => {
    expect(readStatus(config, { ...callback({}), ...change })).toEqual({ kind: "unauthentic" });
  });

  it.each([
    ["no message", { MessageSid: null, SmsSid: null }],
    ["no status", { MessageStatus: null, SmsStatus: null }],
    ["a SID that is none", { MessageSid: "x" }],
    ["another account", { AccountSid: `AC${"9".repeat(32)}` }],
  ])("with %s is malformed", (_name, changes) => {
    expect(readStatus(config, callback(changes))).toEqual({ kind: "malformed" });
  });
});

describe("the fixture's callbacks", () => {
  let twilio: Twilio;
  let listener: Server;
  let origin: string;
  let url: string;
  let receive: (callback: StatusCallback) => void;

  beforeEach(async () => {
    twilio = await startTwilio();
    listener = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const signature = request.headers["x-twilio-signature"];
        const headers = typeof signature === "string" ? { "x-twilio-signature": signature } : {};
        receive({
          method: request.method ?? "",
          origin,
          path: request.url ?? "",
          headers,
          body: Buffer.concat(chunks),
        });
        response.writeHead(204).end();
      });
    }).listen(0, "127.0.0.1");
    await once(listener, "listening");
    const address = listener.address();
    origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    url = `${origin}/api/channels/sms/status`;
  });
  afterEach(async () => {
    await twilio.close();
    await new Promise((resolve) => listener.close(resolve));
  });

  it("are read by the plugin, from acceptance to failure", async () => {
    const plugin = await started(twilio, { status_callback: url });
    const found: Promise<StatusResult | undefined>[] = [];
    receive = (given) => void found.push(Promise.resolve(plugin.status?.(given)));
    const outcome = await plugin.deliver(deliverable());
    const { deliveryId } = deliverable().message;
    const sid = "providerId" in outcome ? (outcome.providerId ?? "") : "";
    const steps: [MessageStatus, number?][] = [["sending"], ["sent"], ["delivered"], ["undelivered", 30006]];
    for (const [status, errorCode] of steps) expect(await twilio.report(sid, status, errorCode)).toBe(204);
    expect(await Promise.all(found)).toEqual(
      [
        { outcome: "accepted" },
        { outcome: "accepted" },
        { outcome: "delivered" },
        { outcome: "failed", code: "not_mobile" },
      ].map((update) => ({ kind: "updates", updates: [{ providerId: sid, deliveryId, ...update }] })),
    );
  });
});
