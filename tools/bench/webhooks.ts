import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Knex } from "knex";
import { createWebhooks } from "../../api/webhooks/hooks.ts";
import { must } from "../../config/must.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import { actAs } from "../../store/db/knex.ts";
import type { Clients } from "./clients.ts";
import { latencies, ms, NORMAL, WARM_UP } from "./lanes.ts";
import { quantile } from "./measure.ts";

/** The one who makes the webhooks. */
const ADMIN = "demo-admin";

/** Sends, and what a sound webhook hears of them: alone, and beside webhooks of the same service that take every call and never answer. */
export async function besideDeadWebhooks(
  clients: Clients,
  knex: Knex,
  vault: Vault,
  count: number,
): Promise<string[]> {
  const [service] = await actAs(knex, `user:${ADMIN}`, (trx) =>
    trx("services").where({ name: "Demo service" }).select("id"),
  );
  const hooks = createWebhooks({ knex, vault, privateHosts: ["127.0.0.1"] });
  const servers: ReturnType<typeof createServer>[] = [];
  async function webhook(answer: RequestListener): Promise<void> {
    const server = createServer(answer).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    await hooks.create({ userId: ADMIN } as Parameters<typeof hooks.create>[0], {
      service_id: must(service, "demo's service").id,
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      types: ["notification.delivered"],
    });
  }
  let lags: number[] = [];
  await webhook(async (request, response) => {
    const { timestamp } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    lags.push(Date.now() - Date.parse(timestamp));
    response.writeHead(204).end();
  });
  /** How long sends take to their sockets, and their events to the sound webhook; ms, p50 and p99. */
  async function round(): Promise<{ send: [number, number]; event: [number, number] }> {
    lags = [];
    const took = await latencies(clients, count, NORMAL);
    while (lags.length < count) await new Promise((resolve) => setTimeout(resolve, 100));
    const both = (all: number[]): [number, number] => [quantile(all, 0.5), quantile(all, 0.99)];
    return { send: both(took), event: both(lags) };
  }
  await latencies(clients, WARM_UP, NORMAL);
  while (lags.length < WARM_UP) await new Promise((resolve) => setTimeout(resolve, 100));
  const alone = await round();
  for (let dead = 0; dead < 4; dead += 1) await webhook(() => undefined);
  const beside = await round();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  const line = (what: string, of: "send" | "event"): string => {
    const [[p50, p99], [with50, with99]] = [alone[of], beside[of]];
    return `  ${what}: p50 ${ms(p50)}, beside four that never answer ${ms(with50)}: ratio ${(with50 / p50).toFixed(2)}; p99 ${ms(p99)}, ${ms(with99)}`;
  };
  return [line("a send to its socket", "send"), line("an event to a webhook that answers", "event")];
}
