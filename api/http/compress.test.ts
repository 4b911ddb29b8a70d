import { once } from "node:events";
import { request } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import Koa from "koa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { routes } from "../routes.ts";
import { compress } from "./compress.ts";

const LONG = { items: Array.from({ length: 200 }, (_, n) => ({ n, text: "K+ 6.8" })) };
const BODIES: Record<string, unknown> = { "/long": LONG, "/short": { ok: true }, "/none": null };

const app = new Koa();
app.use(async (ctx) => {
  ctx.body = BODIES[ctx.path];
  if (ctx.path === "/csv") {
    ctx.body = "a,b\r\n".repeat(1_000);
    ctx.type = "text/csv";
  }
  await compress(ctx);
});
const server = app.listen(0, "127.0.0.1");
beforeAll(async () => {
  if (!server.listening) await once(server, "listening");
});
afterAll(() => void server.close());

/** Asks past fetch, which decompresses by itself. */
async function ask(path: string, accept: string) {
  const address = server.address();
  const port = typeof address === "object" ? must(address, "address").port : 0;
  const asked = request({ port, path, headers: { "Accept-Encoding": accept } }).end();
  const [response] = await once(asked, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    encoding: response.headers["content-encoding"],
    vary: response.headers.vary,
    body: Buffer.concat(chunks),
  };
}

it("compresses long JSON as the caller takes it, and nothing else", async () => {
  const br = await ask("/long", "gzip, deflate, br");
  expect([br.encoding, br.vary]).toEqual(["br", "Accept-Encoding"]);
  expect(JSON.parse(brotliDecompressSync(br.body).toString())).toEqual(LONG);
  expect(br.body.length).toBeLessThan(JSON.stringify(LONG).length / 4);
  const gzip = await ask("/long", "gzip");
  expect(gzip.encoding).toBe("gzip");
  expect(JSON.parse(gunzipSync(gzip.body).toString())).toEqual(LONG);
  for (const [path, accept] of [
    ["/long", "identity"],
    ["/long", "br;q=0"],
    ["/short", "br"],
    ["/none", "br"],
    ["/csv", "br"],
  ] as const)
    expect((await ask(path, accept)).encoding, `${path} ${accept}`).toBeUndefined();
});

it("is allowed to lists that hold no secret, each named here", () => {
  const compressed = routes.filter((route) => route.compressed === true);
  expect(compressed.map(({ id }) => id).toSorted()).toEqual([
    "listDeliveries",
    "listFailedWork",
    "listNotifications",
    "listUnanswered",
    "listUsers",
    "readBoard",
    "readRecord",
    "readWall",
  ]);
  // What came with a call is in none of them.
  expect(compressed.every(({ method, body }) => method === "GET" && body === undefined)).toBe(true);
});
