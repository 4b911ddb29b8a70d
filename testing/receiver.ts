import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook as Verifier } from "standardwebhooks";
import { createWebhooks } from "../api/webhooks/hooks.ts";
import { parseEnv } from "../config/env.ts";
import { must } from "../config/must.ts";
import { createVault } from "../store/crypto/vault.ts";
import { actAs } from "../store/db/knex.ts";
import { demoUser } from "./client.ts";
import type { Site } from "./site.ts";

/** A call of a webhook: the event's id, its type, and the notification that it is about. */
export interface Heard {
  webhookId: string;
  /** As the body has it. */
  eventId: string;
  type: string;
  about: string;
}

/** A service's receiver, and what it has heard, in order; the same event may come again under its id. */
export interface Receiver {
  heard: Heard[];
  close(): Promise<void>;
}

type Type = Parameters<ReturnType<typeof createWebhooks>["create"]>[1]["types"][number];

/**
 * Has the demo's service told of some types of events, at a receiver here that takes what is signed and nothing else.
 * @param refuses what it hears and answers 503 to, so that it comes again
 */
export async function openReceiver(
  site: Site,
  types: Type[],
  refuses: (one: Heard) => boolean = () => false,
): Promise<Receiver> {
  const heard: Heard[] = [];
  let secret = "";
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    new Verifier(secret).verify(body, request.headers as Record<string, string>);
    const { type, data } = JSON.parse(body);
    const webhookId = String(request.headers["webhook-id"]);
    const one = { webhookId, eventId: data.event_id, type, about: data.notification_id };
    heard.push(one);
    response.writeHead(refuses(one) ? 503 : 204).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const vault = createVault(parseEnv(site.env).masterKeys);
  const hooks = createWebhooks({ knex: site.knex, vault, privateHosts: ["127.0.0.1"] });
  const { user_id: userId } = demoUser(await site.demo(), "admin");
  const [service] = await actAs(site.knex, `user:${userId}`, (trx) => trx("services").select("id"));
  ({ secret } = await hooks.create({ userId } as Parameters<typeof hooks.create>[0], {
    service_id: must(service, "service").id,
    url: `http://127.0.0.1:${port}/heard`,
    types,
  }));
  return {
    heard,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
