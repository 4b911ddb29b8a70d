import { createHmac } from "node:crypto";

/** A message as Standard Webhooks signs it: its id, when this attempt was made, and its body. */
export interface Message {
  id: string;
  at: Date;
  body: string;
}

/**
 * The headers of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA-256 over id, time in s and body, one signature for each of
 * the keys that are good.
 */
export function headersFor({ id, at, body }: Message, keys: Buffer[]): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const signatures = keys.map(
    (key) => `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`,
  );
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}
