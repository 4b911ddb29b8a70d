import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { EventList } from "../api/events/schema.ts";
import { webhooks } from "../api/webhooks/routes.ts";
import { createLog } from "../config/log.ts";
import { createPoster } from "../node/webhooks/post.ts";
import { EVENT_TYPES } from "../store/webhooks/events.ts";
import { hasPython } from "../testing/python.ts";
import { createReceiver } from "./receivers/receiver.ts";

const guide = readFileSync(join(import.meta.dirname, "webhooks.md"), "utf8");
const KEY = Buffer.alloc(32, 1);
const SECRET = `whsec_${KEY.toString("base64")}`;

describe("the guide to webhooks", () => {
  it("lists every event there is, and every call", () => {
    const types = [...guide.matchAll(/^\| `(notification\.\w+)`/gm)].map(([, type]) => type);
    expect(types).toEqual([...EVENT_TYPES]);
    for (const { method, path } of Object.values(webhooks))
      if (path !== "/api/webhooks" && !(method === "GET" && path === "/api/webhooks/{id}"))
        expect(guide).toContain(`${method} ${path}`);
    expect(guide).toContain("POST /api/webhooks");
  });

  it("shows an event as it is sent", () => {
    const [, example = ""] = /```json\n([^]*?)\n```/.exec(guide) ?? [];
    expect(EventList.parse({ events: [JSON.parse(example)], next: 42, gap: false }).events).toEqual([
      JSON.parse(example),
    ]);
  });

  it("shows the receivers that are tested", () => {
    const blocks = [...guide.matchAll(/<!-- (\S+) -->\n\n```\w+\n([^]*?)\n```/g)];
    expect(blocks.map(([, path]) => path)).toEqual(["receivers/receiver.ts", "receivers/receiver.py"]);
    for (const [, path = "", code] of blocks)
      expect(readFileSync(join(import.meta.dirname, path), "utf8").trimEnd()).toBe(code);
  });
});

const post = createPoster({ privateHosts: ["127.0.0.1"], log: createLog("silent") });
const body = JSON.stringify({ type: "notification.seen", timestamp: new Date().toISOString(), data: {} });
const send = (port: number, { key = KEY, at = new Date() } = {}) =>
  post({
    url: `http://127.0.0.1:${port}/`,
    keys: [Buffer.alloc(32, 2), key],
    message: { id: "one", at, body },
  });

/** A receiver takes what is signed by either secret, and nothing forged or old. */
async function holdToIt(port: number): Promise<void> {
  expect(await send(port)).toEqual({ code: null });
  expect(await send(port, { key: Buffer.alloc(32, 3) })).toMatchObject({ code: "http_401" });
  expect(await send(port, { at: new Date(Date.now() - 600_000) })).toMatchObject({ code: "http_401" });
}

describe("a receiver of the guide", () => {
  it("takes what is genuine, and what it fails at comes again: TypeScript", async () => {
    const taken: string[] = [];
    let broken = false;
    const server = createReceiver(SECRET, async (id, { type }) => {
      if (broken) throw new Error("full");
      taken.push(`${id} ${type}`);
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await holdToIt(port);
    expect(taken).toEqual(["one notification.seen"]);
    broken = true;
    expect(await send(port)).toMatchObject({ code: "http_500" });
  });

  it.skipIf(!hasPython())("takes what is genuine: Python", async () => {
    const python = spawn("python3", [join(import.meta.dirname, "receivers/receiver.py")], {
      env: { ...process.env, WEBHOOK_SECRET: SECRET, PORT: "0" },
    });
    onTestFinished(() => void python.kill());
    const [line] = (await once(createInterface({ input: python.stderr }), "line")) as [string];
    const said = once(createInterface({ input: python.stdout }), "line");
    await holdToIt(Number(/\d+$/.exec(line)?.[0]));
    expect(await said).toEqual(["one notification.seen"]);
  });
});
