import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const TOKEN = "xoxb-made-up-token";
export const MEMBER = "U012AB3CDEF";

/** How the next answers are given: as Slack would, with an `error`, with an HTTP status, or not at all. */
export type Behaviour =
  "answer" | { error: string } | { status: number; retryAfter?: number } | "cut" | "hang";

export interface Slack {
  /** What `base_url` is to be. */
  url: string;
  /** The posts that came, whatever became of them. */
  posts: Record<string, unknown>[];
  behaviour: Behaviour;
  close(): Promise<void>;
}

/** Slack's Web API as far as a bot needs it: `auth.test` and `chat.postMessage`, true to docs.slack.dev. */
export async function startSlack(): Promise<Slack> {
  const server = createServer((request, response) => void serve(slack, request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const slack: Slack = {
    url: `http://127.0.0.1:${port}/api`,
    posts: [],
    behaviour: "answer",
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return slack;
}

async function serve(slack: Slack, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await request.toArray()).toString();
  const say = (answer: object): void => {
    response
      .writeHead(200, { "content-type": "application/json; charset=utf-8" })
      .end(JSON.stringify(answer));
  };
  const refuse = (error: string): void => say({ ok: false, error });
  const { authorization, "content-type": type } = request.headers;
  if (request.url === "/api/auth.test") {
    if (authorization !== `Bearer ${TOKEN}`) return refuse("invalid_auth");
    return say({ ok: true, team: "Clinic", user: "tocsin", team_id: "T1", user_id: "U1", bot_id: "B1" });
  }
  if (request.url !== "/api/chat.postMessage" || request.method !== "POST") return refuse("unknown_method");
  if (!type?.startsWith("application/json")) return refuse("invalid_post_type");
  const post: Record<string, unknown> = JSON.parse(body);
  slack.posts.push(post);
  const { behaviour } = slack;
  if (behaviour === "hang") return;
  if (behaviour === "cut") return void request.socket.destroy();
  if (behaviour !== "answer") {
    if ("error" in behaviour) return refuse(behaviour.error);
    const { status, retryAfter } = behaviour;
    const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
    return void response.writeHead(status, headers).end(JSON.stringify({ ok: false, error: body }));
  }
  if (authorization === undefined) return refuse("not_authed");
  if (authorization !== `Bearer ${TOKEN}`) return refuse("invalid_auth");
  if (post["channel"] !== MEMBER) return refuse("channel_not_found");
  const { text } = post;
  if (typeof text !== "string" || text === "") return refuse("no_text");
  const ts = `${Math.floor(Date.now() / 1_000)}.${String(slack.posts.length).padStart(6, "0")}`;
  return say({ ok: true, channel: "D024BE91L", ts, message: { type: "message", bot_id: "B1", text, ts } });
}
