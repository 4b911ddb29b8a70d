import { outcomeOfError, outcomeOfResponse, type Fetch, type Outcome } from "tocsin/channel";
import webpush from "web-push";
import type { Subscription } from "./subscription.ts";
import type { VapidKeys } from "./vapid.ts";

export interface Message {
  payload: string;
  topic: string;
  urgency: "high" | "normal";
  /** Seconds. */
  ttl: number;
}

interface Way {
  fetch: Fetch;
  keys: VapidKeys;
  contact: string;
}

/** Sends one message to one device, sealed for it (RFC 8291). A device that its push service knows no more is `gone`. */
export async function send(
  { id, endpoint, keys: { p256dh, auth } }: Subscription,
  { payload, topic, urgency, ttl }: Message,
  { fetch, keys, contact }: Way,
  signal: AbortSignal,
): Promise<Outcome> {
  const { method, headers, body } = webpush.generateRequestDetails(
    { endpoint, keys: { p256dh, auth } },
    payload,
    {
      vapidDetails: { subject: contact, ...keys },
      contentEncoding: "aes128gcm",
      TTL: ttl,
      topic,
      urgency,
    },
  );
  // `fetch` counts the bytes itself.
  const said = Object.entries(headers).filter(([name]) => name !== "Content-Length");
  try {
    const response = await fetch(endpoint, {
      method,
      headers: said.map(([name, value]): [string, string] => [name, String(value)]),
      body: new Uint8Array(body),
      signal,
    });
    return response.status === 404 || response.status === 410
      ? { kind: "reject", code: "no_address", ...(id === undefined ? {} : { gone: [id] }) }
      : outcomeOfResponse(response);
  } catch (error) {
    return outcomeOfError(error);
  }
}

/** What stands for all devices: one that took it is enough; else what may have been taken, else what may be tried again. */
const BEST = ["accepted", "delivered", "unknown", "retry", "reject"] as const;

/** One outcome for a person's devices, with those that are gone. */
export function together(outcomes: readonly Outcome[]): Outcome {
  const rank = ({ kind, code }: { kind: Outcome["kind"]; code?: string }): number =>
    BEST.indexOf(kind) + (code === "no_address" ? 1 : 0);
  const [best] = outcomes.toSorted((a, b) => rank(a) - rank(b));
  if (best === undefined) return { kind: "reject", code: "no_address" };
  const gone = outcomes.flatMap((outcome) => outcome.gone ?? []);
  return { ...best, ...(gone.length === 0 ? {} : { gone }) };
}
