import type { Answer, Body } from "../contract.ts";
import { everything, pageOf } from "./pages.ts";
import type { Page } from "./pages.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

export type Webhook = Answer<"readWebhook">;
/** One that was just made, or given a new secret, which is shown this once. */
export type WebhookWithSecret = Answer<"createWebhook">;
export type EventType = Webhook["types"][number];
/** An event on its way to a webhook. */
export type WebhookDelivery = Answer<"listWebhookDeliveries">["deliveries"][number];
/** How a call that was just made went. */
export type Ping = Answer<"pingWebhook">;

const pathOf = (id: string): string => `/webhooks/${encodeURIComponent(id)}`;
const post = <T>(path: string, body: object = {}): Promise<T> => request(path, { method: "POST", body });

/** Every webhook, newest first. */
export const allWebhooks = (fetch: Fetch): Promise<Webhook[]> =>
  everything(async (query) =>
    pageOf(await request<Answer<"listWebhooks">>("/webhooks", { query, fetch }), "webhooks"),
  );

export const getWebhook = (id: string, fetch: Fetch): Promise<Webhook> => request(pathOf(id), { fetch });

export const createWebhook = (webhook: Body<"createWebhook">): Promise<WebhookWithSecret> =>
  post("/webhooks", webhook);

export const changeWebhook = (id: string, to: Body<"changeWebhook">): Promise<Webhook> =>
  request(pathOf(id), { method: "PATCH", body: to });

/** Makes a new secret; messages are signed with the old one, too, for a day. */
export const rotateWebhook = (id: string): Promise<WebhookWithSecret> => post(`${pathOf(id)}/rotate`);

export async function deleteWebhook(id: string): Promise<void> {
  await send(pathOf(id), { method: "DELETE" });
}

/** Has a signed message sent at once. */
export const pingWebhook = (id: string): Promise<Ping> => post(`${pathOf(id)}/ping`);

/** One page of a webhook's events and how far they have come, newest first. */
export const listDeliveries = async (
  id: string,
  query: URLSearchParams,
  fetch?: Fetch,
): Promise<Page<WebhookDelivery>> =>
  pageOf(
    await request<Answer<"listWebhookDeliveries">>(`${pathOf(id)}/deliveries`, { query, fetch }),
    "deliveries",
  );

/** Sends an event again, under its id. */
export const repeatDelivery = (id: string, delivery: string): Promise<WebhookDelivery> =>
  post(`${pathOf(id)}/deliveries/${encodeURIComponent(delivery)}/repeat`);
