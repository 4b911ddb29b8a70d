import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { must } from "../config/must.ts";
import { Delivery, DeliveryEvent } from "../api/deliveries/schema.ts";
import { Notification } from "../api/notifications/schema.ts";
import type { NotificationDto } from "../channels/contract.ts";
import type { Demo } from "../store/demo.ts";
import { until } from "./until.ts";

/** Answers are held to the schemas that the API publishes. */
const SendAnswer = z.looseObject({
  notification_id: z.uuid().default(""),
  deliveries: z.array(Delivery).optional(),
});
const InboxPage = z.strictObject({ notifications: z.array(Notification), next: z.string().nullable() });
const Timeline = z.object({
  deliveries: z.array(Delivery).default([]),
  events: z.array(DeliveryEvent).default([]),
});

/** demo.json of a node's home. */
export async function readDemo(home: string): Promise<Demo> {
  return JSON.parse(await readFile(join(home, "demo.json"), "utf8"));
}

/** One of the demo's people; `which` counts among those of the role, in demo.json's order. */
export function demoUser(demo: Demo, role: string, which = 0): Demo["users"][number] {
  const user = demo.users.filter((candidate) => candidate.role === role)[which];
  if (user === undefined) throw new Error(`demo.json has no ${role} ${which}`);
  return user;
}

/** Where a send to somebody goes who has a territory. */
export function targetOf({ user_id, territory_id }: Demo["users"][number]): {
  user_id: string;
  territory_id: string;
} {
  return { user_id, territory_id: must(territory_id, `territory of ${user_id}`) };
}

export interface SendResult {
  status: number;
  headers: Headers;
  body: z.output<typeof SendAnswer>;
}

/** POST /api/notifications/send, as an upstream service would. */
export async function send(
  url: string,
  key: string,
  body: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<SendResult> {
  const response = await fetch(`${url}/api/notifications/send`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: SendAnswer.parse(await response.json()),
  };
}

/** A person in a browser: keeps the cookie, sends the Origin. */
export class Person {
  readonly url: string;
  readonly cookie: string;
  private constructor(url: string, cookie: string) {
    this.url = url;
    this.cookie = cookie;
  }

  static async signIn(
    url: string,
    { email, password }: { email: string; password: string },
  ): Promise<Person> {
    const response = await fetch(`${url}/api/sessions`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: url },
      body: JSON.stringify({ email, password }),
    });
    const cookie = response.headers.get("set-cookie")?.split(";")[0];
    if (response.status !== 201 || cookie === undefined)
      throw new Error(`sign-in answered ${response.status}`);
    return new Person(url, cookie);
  }

  /** The same session, talking to another node. */
  at(url: string): Person {
    return new Person(url, this.cookie);
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { Cookie: this.cookie, Origin: this.url, ...Object(init.headers) };
    return fetch(`${this.url}${path}`, { ...init, headers });
  }

  async act(
    id: string,
    act: "read" | "acknowledge" | "unacknowledge" | "complete" | "dismiss" | "restore" | "reveal",
  ): Promise<{ status: number; body: unknown }> {
    const response = await this.fetch(`/api/notifications/${id}/${act}`, { method: "POST" });
    return { status: response.status, body: await response.json() };
  }

  /** The whole inbox, all pages. */
  async inbox(query = ""): Promise<NotificationDto[]> {
    const all: NotificationDto[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const place: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = InboxPage.parse(await this.#read(`/api/notifications?limit=100${query}${place}`));
      all.push(...page.notifications);
      cursor = page.next;
    }
    return all;
  }

  async timeline(id: string): Promise<z.output<typeof Timeline>> {
    return Timeline.parse(await this.#read(`/api/notifications/${id}/deliveries`));
  }

  /** Reads as a page does, which asks again while a busy node says that it can't serve. */
  #read(path: string): Promise<unknown> {
    return until(`${path} is served`, async () => {
      const response = await this.fetch(path);
      const body = await response.json();
      return response.status !== 503 && body;
    });
  }
}
