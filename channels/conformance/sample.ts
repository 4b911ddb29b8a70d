import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { z } from "zod";
import { defineChannel, outcomeOfError, outcomeOfResponse } from "../define.ts";
import type { Channel, StatusUpdate } from "../plugin.ts";
import type { Provider, Scenario } from "./fixture.ts";

const configSchema = z.strictObject({ url: z.url(), secret: z.string().min(8) });
export type SampleConfig = z.infer<typeof configSchema>;

const updateSchema = z.union([
  z.object({ id: z.string(), outcome: z.enum(["accepted", "delivered", "failed", "unknown"]) }),
  z.object({ id: z.string(), reply: z.string(), answer: z.enum(["acknowledge", "decline"]) }),
]);

/** A small but whole channel to an imaginary HTTP provider, on which the conformance suite itself is tested. */
export const sample: Readonly<Channel<SampleConfig>> = defineChannel({
  name: "sample",
  config: configSchema,
  hosts: ({ url }) => [new URL(url).host],
  phi: "redacted",
  idempotent: true,
  start: ({ url, secret }, { fetch }) => ({
    async deliver({ message, recipient, idempotencyKey, signal }) {
      if (recipient.address === null) return { kind: "reject", code: "no_address" };
      try {
        const response = await fetch(`${url}/messages`, {
          method: "POST",
          headers: { "idempotency-key": idempotencyKey },
          body: JSON.stringify({ to: recipient.address, text: message.text }),
          signal,
        });
        const outcome = outcomeOfResponse(response);
        return outcome.kind === "accepted" ? { ...outcome, providerId: await response.text() } : outcome;
      } catch (error) {
        return outcomeOfError(error);
      }
    },
    async over({ ends, idempotencyKey, signal }) {
      try {
        const response = await fetch(`${url}/messages/${ends.deliveryId}/resolve`, {
          method: "POST",
          headers: { "idempotency-key": idempotencyKey },
          signal,
        });
        return outcomeOfResponse(response);
      } catch (error) {
        return outcomeOfError(error);
      }
    },
    async check() {
      try {
        return (await fetch(`${url}/account`)).ok ? { ok: true } : { ok: false, code: "account" };
      } catch (error) {
        const outcome = outcomeOfError(error);
        return { ok: false, code: "code" in outcome ? outcome.code : "failed" };
      }
    },
    async status({ headers, body }) {
      const given = Buffer.from(headers["x-signature"] ?? "");
      const right = Buffer.from(signature(secret, body));
      if (given.length !== right.length || !timingSafeEqual(given, right)) return { kind: "unauthentic" };
      const told = updateSchema.parse(JSON.parse(Buffer.from(body).toString()));
      if ("outcome" in told)
        return { kind: "updates", updates: [{ providerId: told.id, outcome: told.outcome }] };
      const answer = { answerId: told.reply, answer: told.answer, to: { providerId: told.id } };
      return { kind: "updates", updates: [], answers: [answer] };
    },
  }),
});

function signature(secret: string, body: Uint8Array): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

const SECRET = "made-up-secret";
const CALL = { method: "POST", origin: "https://tocsin.example", path: "/api/channels/sample/status" };

/** The imaginary provider, on a port of its own. */
export async function startSampleProvider(): Promise<Provider> {
  let scenario: Scenario = "taken";
  let requests: { idempotencyKey: string | null }[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    if (request.url === "/account") return void response.end();
    const key = request.headers["idempotency-key"];
    requests.push({ idempotencyKey: typeof key === "string" ? key : null });
    answer(scenario, body, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    config: { url: `http://127.0.0.1:${address.port}`, secret: SECRET },
    address: "quillfeather@clinic.example",
    busyForMs: 7_000,
    behave(next) {
      scenario = next;
      requests = [];
    },
    requests: () => requests,
    callback({ providerId, outcome }: Pick<StatusUpdate, "providerId" | "outcome">) {
      const body = Buffer.from(JSON.stringify({ id: providerId, outcome }));
      const headers = { "x-signature": signature(SECRET, body) };
      return { ...CALL, headers, body };
    },
    answer(answer, { providerId }) {
      const body = Buffer.from(JSON.stringify({ id: providerId, reply: `reply-${answer}`, answer }));
      const headers = { "x-signature": signature(SECRET, body) };
      return { ...CALL, headers, body };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(scenario: Scenario, body: string, response: ServerResponse): void {
  switch (scenario) {
    case "taken":
      return void response.end("msg_1");
    case "busy":
      return void response.writeHead(429, { "retry-after": "7" }).end(body);
    case "failing":
      return void response.writeHead(503).end(body);
    case "refused":
      return void response.writeHead(400).end(body);
    case "lost":
      return void response.socket?.destroy();
    case "hanging":
  }
}
