import type { ChannelInstance, Deliverable } from "tocsin/channel";
import { toolsFor } from "tocsin/testkit";
import type { Twilio } from "./fixture/server.ts";
import sms from "./index.ts";

export const CALLBACK_URL = "https://tocsin.hospital.example/api/channels/sms/status";
/** A call of it, as a plugin gets it. */
export const CALLED = { origin: "https://tocsin.hospital.example", path: "/api/channels/sms/status" };
export const PHONE = "+12025550123";

/** Settings that point the plugin at a fixture. */
export function settings(twilio: Pick<Twilio, "url" | "accountSid" | "authToken">): Record<string, unknown> {
  return {
    base_url: twilio.url,
    account_sid: twilio.accountSid,
    auth_token: twilio.authToken,
    from: "+15005550006",
    countries: ["US"],
    status_callback: CALLBACK_URL,
  };
}

/** The plugin, started against a fixture with tools like the registry's. */
export async function started(
  twilio: Pick<Twilio, "url" | "accountSid" | "authToken">,
  more: object = {},
  lines: unknown[] = [],
): Promise<ChannelInstance> {
  const config = sms.config.parse({ ...settings(twilio), ...more });
  return sms.start(config, toolsFor(sms, sms.hosts(config), lines));
}

interface Changes {
  address?: string | null;
  userId?: string;
  attempt?: number;
  signal?: AbortSignal;
  message?: Partial<Deliverable["message"]>;
}

/** One made-up attempt. */
export function deliverable({
  address = PHONE,
  userId = "u-1",
  attempt = 1,
  ...more
}: Changes = {}): Deliverable {
  return {
    message: {
      notificationId: "0192f0c1-7a00-7000-8000-000000000002",
      deliveryId: "0192f0c1-7a00-7000-8000-000000000001",
      seq: 1,
      category: "patient_alert",
      priority: "normal",
      urgency: "normal",
      title: "Lab result",
      text: "A result is ready for [NAME].",
      createdAt: "2026-01-02T03:04:05.000Z",
      ...more.message,
    },
    recipient: { userId, inboxId: "i-1", address },
    purpose: "notification",
    attempt,
    idempotencyKey: "0192f0c1-7a00-7000-8000-000000000001",
    signal: more.signal ?? new AbortController().signal,
  };
}
