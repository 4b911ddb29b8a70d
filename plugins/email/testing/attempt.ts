import type { ChannelInstance, Deliverable } from "tocsin/channel";
import { toolsFor } from "tocsin/testkit";
import email from "../index.ts";
import type { MailServer } from "./server.ts";

/** The plugin, started against a server: plaintext unless the settings say otherwise. */
export async function started(
  server: Pick<MailServer, "port">,
  settings: object = {},
  lines: unknown[] = [],
): Promise<ChannelInstance> {
  const config = email.config.parse({
    host: "127.0.0.1",
    port: server.port,
    tls: "none",
    from: "alerts@hospital.example",
    ...settings,
  });
  return email.start(config, toolsFor(email, email.hosts(config), lines));
}

/** One made-up attempt. */
export function deliverable(
  address: string | null = "ada@clinic.example",
  message: Partial<Deliverable["message"]> = {},
  signal: AbortSignal = new AbortController().signal,
): Deliverable {
  const deliveryId = message.deliveryId ?? "0192f0c1-7a00-7000-8000-000000000001";
  return {
    message: {
      notificationId: "0192f0c1-7a00-7000-8000-000000000002",
      deliveryId,
      seq: 1,
      category: "patient_alert",
      priority: "normal",
      urgency: "normal",
      title: "Lab result",
      text: "A result is ready for [NAME].",
      createdAt: "2026-01-02T03:04:05.000Z",
      ...message,
    },
    recipient: { userId: "u-1", inboxId: "i-1", address },
    purpose: "notification",
    attempt: 1,
    idempotencyKey: deliveryId,
    signal,
  };
}
