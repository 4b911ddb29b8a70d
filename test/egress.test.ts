import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { must } from "../config/must.ts";
import { actAs } from "../store/db/knex.ts";
import { demoUser, Person } from "../testing/client.ts";
import { createSite, type Site } from "../testing/site.ts";

let site: Site | undefined;
afterAll(() => site?.close());

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A proxy would look names up by itself, and connect to wherever they lead. */
it("what a node calls at others' addresses goes there, and not by a proxy of its environment, which no guard stands before", async () => {
  let proxied = 0;
  const proxy = await listen(
    createServer((socket) => {
      proxied++;
      socket.destroy();
    }),
  );
  const asked: string[] = [];
  const rota = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n";
  const receiver = await listen(
    createHttp((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(200, { "Content-Type": "text/calendar", Connection: "close" }).end(rota);
    }),
  );
  site = await createSite({
    CHANNEL_PRIVATE_HOSTS: "127.0.0.1",
    NODE_USE_ENV_PROXY: "1",
    ...{ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, http_proxy: proxy, https_proxy: proxy },
  });
  const node = await site.start({ role: "api" });
  const demo = await site.demo();
  const admin = await Person.signIn(node.url, demoUser(demo, "admin"));
  const boss = await Person.signIn(node.url, demoUser(demo, "supervisor"));
  const call = async (who: Person, method: string, path: string, body: object): Promise<string> => {
    const headers = { "Content-Type": "application/json" };
    return await (await who.fetch(path, { method, headers, body: JSON.stringify(body) })).text();
  };

  const [service] = await actAs(site.knex, `user:${demoUser(demo, "admin").user_id}`, (trx) =>
    trx("services").select("id"),
  );
  const hook = { service_id: must(service, "service").id, url: `${receiver}/heard` };
  const { webhook_id } = JSON.parse(await call(admin, "POST", "/api/webhooks", hook));
  expect(JSON.parse(await call(admin, "POST", `/api/webhooks/${webhook_id}/ping`, {}))).toMatchObject({
    delivered: true,
  });

  const schedule = { territory_id: "north-hospital", name: "Nights", zone: "UTC", layers: [] };
  const { schedule_id } = JSON.parse(await call(boss, "POST", "/api/schedules", schedule));
  const source = { url: `${receiver}/rota.ics` };
  expect(await call(boss, "PUT", `/api/schedules/${schedule_id}/calendar`, source)).toContain(
    "has no shift of a known person",
  );
  expect(asked).toEqual(["POST /heard", "GET /rota.ics"]);
  expect(proxied).toBe(0);
});
