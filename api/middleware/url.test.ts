import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import Koa from "koa";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Problem } from "../http/errors.ts";
import { soundUrl } from "./url.ts";

const read = vi.fn<() => void>();
const app = new Koa();
app.silent = true;
app.use(async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    ctx.status = error.status;
  }
});
// Koa reads a query where it is first asked for.
const { get: parse } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(app.request), "query") ?? {};
Object.defineProperty(app.request, "query", {
  get(this: Koa.Request) {
    read();
    return parse?.call(this);
  },
});
app.use(soundUrl());
app.use((ctx) => {
  ctx.status = 204;
});
const server = createServer(app.callback());

beforeAll(() => new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening)));
afterAll(() => new Promise<void>((closed) => void server.close(() => closed())));

const statusOf = (query: string, path = "/"): Promise<number | undefined> =>
  new Promise((answered, failed) => {
    const { port } = server.address() as AddressInfo;
    get({ port, path: `${path}?${query}`, agent: false }, (response) => {
      response.resume();
      answered(response.statusCode);
    }).on("error", failed);
  });

it("reads no query of more parameters than any call has, of one name or of many", async () => {
  const many = [
    "a=1&".repeat(3_500),
    "a&".repeat(7_000),
    "&".repeat(14_000),
    Array.from({ length: 101 }, (_, place) => `a${place}=1`).join("&"),
  ];
  for (const query of many) expect(await statusOf(query)).toBe(422);
  expect(read).not.toHaveBeenCalled();
});

it("looks for no path that is longer than any there is, however it is made", async () => {
  for (const path of ["/".repeat(4_097), "/a".repeat(7_000), `/${"%2F".repeat(5_000)}`])
    expect(await statusOf("", path)).toBe(404);
  expect(await statusOf("", `/${"%E4%B8%80".repeat(200)}/${"%E4%B8%80".repeat(200)}`)).toBe(204);
});

it("reads a query of a hundred parameters", async () => {
  expect(await statusOf(Array.from({ length: 100 }, (_, place) => `a${place}=1`).join("&"))).toBe(204);
  expect(read).toHaveBeenCalled();
});
