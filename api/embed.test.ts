import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync } from "node:zlib";
import Koa from "koa";
import { expect, it, onTestFinished } from "vitest";
import { embed, EMBED_PATH } from "./embed.ts";
import { listen } from "./http/server.ts";

const MODULE = "export const inbox = 1;\n".repeat(50);

async function serve(): Promise<string> {
  const file = pathToFileURL(join(await mkdtemp(join(tmpdir(), "tocsin-embed-")), "tocsin-inbox.js"));
  await writeFile(file, MODULE);
  const app = new Koa();
  app.use(async (ctx, next) => {
    ctx.set("Cache-Control", "no-store");
    await next();
  });
  app.use(embed(file));
  const server = createServer(app.callback());
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${await listen(server, 0, "127.0.0.1")}${EMBED_PATH}`;
}

it("gives its module to pages of every origin, which ask each time whether it is still the same", async () => {
  const url = await serve();
  const first = await fetch(url, { headers: { Origin: "https://ehr.example" } });
  expect(await first.text()).toBe(MODULE);
  expect(Object.fromEntries(first.headers)).toMatchObject({
    "access-control-allow-origin": "*",
    "cache-control": "no-cache",
    "content-type": "text/javascript; charset=utf-8",
    "cross-origin-resource-policy": "cross-origin",
    vary: "Accept-Encoding",
  });
  const etag = first.headers.get("etag") ?? "";
  const again = await fetch(url, { headers: { "If-None-Match": etag } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
  expect((await fetch(url, { headers: { "If-None-Match": 'W/"other"' } })).status).toBe(200);
});

it("gives it compressed to whoever takes that, and as it is to others", async () => {
  const url = await serve();
  const lengthFor = async (encoding: string): Promise<[string | null, string | null]> => {
    const { headers } = await fetch(url, { method: "HEAD", headers: { "Accept-Encoding": encoding } });
    return [headers.get("content-encoding"), headers.get("content-length")];
  };
  expect(await lengthFor("br, gzip")).toEqual(["br", String(brotliCompressSync(MODULE).length)]);
  expect((await lengthFor("gzip"))[0]).toBe("gzip");
  expect(await lengthFor("identity")).toEqual([null, String(MODULE.length)]);
});
