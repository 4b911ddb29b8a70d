import { z } from "zod";
import type { StatusCallback, StatusResult, StatusUpdate } from "tocsin/channel";
import { slugOf } from "./codes.ts";
import type { SmsConfig } from "./config.ts";
import { isSigned } from "./signature.ts";

/** Twilio's message statuses (https://www.twilio.com/docs/messaging/api/message-resource#message-status-values). */
const OUTCOMES: ReadonlyMap<string, StatusUpdate["outcome"]> = new Map([
  ["accepted", "accepted"],
  ["scheduled", "accepted"],
  ["queued", "accepted"],
  ["sending", "accepted"],
  ["sent", "accepted"],
  ["partially_delivered", "accepted"],
  ["delivered", "delivered"],
  ["read", "delivered"],
  ["undelivered", "failed"],
  ["failed", "failed"],
  ["canceled", "failed"],
]);

/**
 * Reads a status callback. Twilio signs the URL that it was told to call (`callbackUrl`), whatever Host the request named.
 * Without that setting a messaging service may have a URL of its own, under the installation's public address.
 */
export function readStatus(config: SmsConfig, callback: StatusCallback): StatusResult {
  const text = decode(callback.body);
  if (text === undefined) return { kind: "unauthentic" };
  const params = new URLSearchParams(text);
  const deliveryId = z
    .uuid()
    .safeParse(new URL(callback.path, "http://localhost").searchParams.get(DELIVERY)).data;
  const url = callbackUrl(config, deliveryId) ?? publicUrl(callback);
  if (url === null || !isSigned(config.auth_token, callback.headers["x-twilio-signature"], url, params)) {
    return { kind: "unauthentic" };
  }
  const sid = params.get("MessageSid") ?? params.get("SmsSid");
  const status = params.get("MessageStatus") ?? params.get("SmsStatus");
  if (sid === null || status === null || !/^(SM|MM)[0-9a-fA-F]{32}$/.test(sid)) return { kind: "malformed" };
  if (params.get("AccountSid") !== config.account_sid) return { kind: "malformed" };
  const outcome = OUTCOMES.get(status);
  if (outcome === undefined) return { kind: "updates", updates: [] };
  const named = deliveryId === undefined ? {} : { deliveryId };
  const update = { providerId: sid, ...named, outcome, ...reason(status, outcome, params) };
  return { kind: "updates", updates: [update] };
}

/** Names the delivery in the callback's address. */
const DELIVERY = "delivery";

/**
 * Where Twilio calls back about a delivery: `status_callback`, with the delivery's id, so that the delivery is found
 * even where the answer to its send was lost.
 */
export function callbackUrl(
  { status_callback }: SmsConfig,
  deliveryId: string | undefined,
): string | undefined {
  if (status_callback === undefined || deliveryId === undefined) return status_callback;
  const url = new URL(status_callback);
  url.searchParams.set(DELIVERY, deliveryId);
  return url.href;
}

/** What was called, under the installation's own address; null where that is not known, so that no signature can be checked. */
export const publicUrl = ({ origin, path }: StatusCallback): string | null =>
  origin === null ? null : `${origin}${path}`;

function reason(
  status: string,
  outcome: StatusUpdate["outcome"],
  params: URLSearchParams,
): { code?: string } {
  if (outcome !== "failed") return {};
  const code = Number(params.get("ErrorCode") ?? "");
  return { code: slugOf(code, status) };
}

export function decode(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}
