import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { spare } from "../../testing/contract.ts";

/** What befalls a call on its way: it arrives and its answer is lost, it never arrives, or something in between has no room for it. */
export type Trouble = "answer lost" | "call lost" | "busy";

/** A way to a node on which calls meet trouble. */
export interface Proxy {
  url: string;
  /** What befalls the next calls, one after the other; those behind them pass. */
  troubles: Trouble[];
  /** The calls that came, with their Idempotency-Keys; `at` is ms. */
  calls: { key: string | undefined; at: number }[];
  close(): void;
}

export async function startProxy(to: string): Promise<Proxy> {
  const proxy: Proxy = { url: "", troubles: [], calls: [], close: () => void server.close() };
  const server = createServer((request, response) => void pass(request, response));

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = request.headers["idempotency-key"];
    proxy.calls.push({ key: Array.isArray(key) ? key[0] : key, at: performance.now() });
    const trouble = proxy.troubles.shift();
    if (trouble === "busy")
      return void response.writeHead(503, { "Retry-After": "1" }).end("<html>no room</html>");
    if (trouble === "call lost") return void response.destroy();
    const answer = await forward(to, request);
    if (trouble === "answer lost") response.destroy();
    else
      response
        .writeHead(answer.status, { "Content-Type": `${answer.headers.get("Content-Type")}` })
        .end(answer.text);
  }

  await once(server.listen(0, "127.0.0.1"), "listening");
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // What it answers by itself is none of Tocsin's.
  spare(proxy.url);
  return proxy;
}

async function forward(to: string, request: IncomingMessage) {
  const body = Buffer.concat(await request.toArray());
  const headers = new Headers();
  for (const name of ["authorization", "content-type", "idempotency-key", "prefer"]) {
    const value = request.headers[name];
    if (typeof value === "string") headers.set(name, value);
  }
  const answer = await fetch(`${to}${request.url}`, {
    method: `${request.method}`,
    headers,
    ...(body.length === 0 ? {} : { body }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
