import { ECDH } from "node:crypto";
import { z } from "zod";
import type { PushConfig } from "./config.ts";

const LOOPBACK = ["127.0.0.1", "[::1]", "localhost"];
/** Bytes of a subscription's secret (RFC 8291, 3.2). */
const SECRET_BYTES = 16;

const bytesOf = (text: string): Buffer => Buffer.from(text, "base64url");
const isPoint = (text: string): boolean => {
  const bytes = bytesOf(text);
  try {
    return bytes.length === 65 && ECDH.convertKey(bytes, "prime256v1").length > 0;
  } catch {
    return false;
  }
};

/** Where one device is reached, and by which keys what is sent to it is sealed: as a browser's `PushSubscription` says it. */
const Subscription = z.strictObject({
  /** The device's, where the program gave it one. */
  id: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/)
    .optional(),
  endpoint: z.url({ protocol: /^https?$/ }).max(1_000),
  keys: z.strictObject({
    p256dh: z
      .string()
      .regex(/^[A-Za-z0-9_-]{87}$/)
      .refine(isPoint, "is no point of P-256"),
    auth: z
      .string()
      .regex(/^[A-Za-z0-9_-]{22}$/)
      .refine((text) => bytesOf(text).length === SECRET_BYTES),
  }),
});
const Subscriptions = z.array(Subscription).min(1).max(100);

export type Subscription = z.infer<typeof Subscription>;

/** The devices that an address names; null for what names none. */
export function readSubscriptions(address: string): Subscription[] | null {
  try {
    return Subscriptions.safeParse(JSON.parse(address)).data ?? null;
  } catch {
    return null;
  }
}

/** An address as it is kept; null where it names a host that is no push service of the configuration's. */
export function typedSubscriptions(text: string, { hosts }: PushConfig): string | null {
  const read = readSubscriptions(text);
  return read?.every(({ endpoint }) => isAdmitted(new URL(endpoint), hosts)) === true
    ? JSON.stringify(read)
    : null;
}

/** HTTPS, or plain HTTP on this machine; without a user's name or password in it. */
function isAdmitted(
  { protocol, host, hostname, username, password }: URL,
  hosts: readonly string[],
): boolean {
  const secure = protocol === "https:" || LOOPBACK.includes(hostname);
  const fits = (one: string): boolean =>
    one.startsWith("*.") ? hostname.endsWith(one.slice(1)) : one === host || one === hostname;
  return secure && username === "" && password === "" && hosts.some((one) => fits(one.toLowerCase()));
}
