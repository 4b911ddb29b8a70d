import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import type { ChannelInstance, ChannelTools, Deliverable } from "tocsin/channel";
import email from "../index.ts";
import type { MailServer } from "./server.ts";

/** Tools that open any TCP connection; `lines` collects what is logged. */
export function tools(lines: unknown[] = []): ChannelTools {
  const log = (fields: object, message: string): void => void lines.push({ fields, message });
  return {
    fetch: () => Promise.reject(new Error("email uses no HTTP")),
    async connect({ host, port, signal }) {
      signal?.throwIfAborted();
      const socket = connectTcp({ host, port });
      await once(socket, "connect");
      return socket;
    },
    log: { debug: log, info: log, warn: log, error: log },
  };
}

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
  return email.start(config, tools(lines));
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
      title: "Lab result",
      text: "A result is ready for [NAME].",
      createdAt: "2026-01-02T03:04:05.000Z",
      ...message,
    },
    recipient: { userId: "u-1", inboxId: "i-1", address },
    attempt: 1,
    idempotencyKey: deliveryId,
    signal,
  };
}
