import { createServer as createHttp, type RequestListener, type Server as HttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { EgressError } from "../../channels/egress-error.ts";
import { createEgress } from "../../channels/egress.ts";
import { parseHosts } from "../../channels/hosts.ts";
import { createLog } from "../../config/log.ts";
import { startNameServer } from "../../testing/name-server.ts";
import { createFetchCalendar } from "../calendars/fetch.ts";
import { createPoster } from "./post.ts";
import { createResolve } from "./resolve.ts";

/** Attacks on the way out, with name servers and servers that are the attacker's: nothing inside is ever connected to. */

const log = createLog("silent");
/** Nobody's, and public by its number: 2d00::/8 was never handed out. */
const NOWHERE = "2d00::1";
/** What an attempt may take; ms. One to reach nobody takes all of it where a network says nothing, all others end by themselves. */
const timeout = 10_000;

async function listen(server: Server | HttpServer): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A server inside, which nobody may reach. */
async function inside(): Promise<{ port: number; reached(): number }> {
  let reached = 0;
  const server = createServer((socket) => {
    reached++;
    socket.on("error", () => undefined);
    socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  return { port: await listen(server), reached: () => reached };
}

const message = { id: "one", body: "{}", at: new Date(0) };
const keys = [Buffer.alloc(24)];

type Resolve = ReturnType<typeof createResolve>;

/** Each way out, to one address; answers why it did not get there. */
const WAYS: Record<string, (url: string, resolve: Resolve, listed?: string[]) => Promise<unknown>> = {
  "a webhook": async (url, resolve, privateHosts = []) =>
    (await createPoster({ privateHosts, log, timeout, resolve })({ url, message, keys })).code,
  "a calendar": async (url, resolve, privateHosts = []) => {
    const found = await createFetchCalendar({ privateHosts, log, timeout, resolve })(url);
    return found.kind === "failed" ? found.code : found.kind;
  },
  "a plugin's fetch": async (url, resolve, listed = []) => {
    const { fetch } = egress(new URL(url).hostname, resolve, listed);
    const init: RequestInit = { redirect: "follow", signal: AbortSignal.timeout(timeout) };
    return await fetch(url, init).then(({ status }) => status, codeOf);
  },
  "a plugin's connection": async (url, resolve, listed = []) => {
    const { hostname: host, port } = new URL(url);
    const { connect } = egress(host, resolve, listed);
    const to = { host, port: Number(port), signal: AbortSignal.timeout(timeout) };
    return await connect(to).then((socket) => socket.destroy() && "connected", codeOf);
  },
};

const egress = (host: string, resolve: Resolve, listed: string[]) =>
  createEgress({
    plugin: "pager",
    hosts: parseHosts("pager", [host]),
    privateHosts: new Set(listed),
    log,
    resolve,
  });

function codeOf(error: unknown): string {
  if (!(error instanceof EgressError)) throw error;
  return error.code;
}

it.each(Object.keys(WAYS))(
  "%s connects to the address that was judged, whatever its name server says a moment later",
  async (way) => {
    const victim = await inside();
    const names = await startNameServer([NOWHERE], ["127.0.0.1"]);
    const resolve = createResolve(new Set(), [names.address]);
    const url = `https://rebinding.example:${victim.port}/`;
    expect(await WAYS[way]?.(url, resolve)).toMatch(/^(connect_failed|timeout|aborted)$/);
    expect(names.asked()).toBe(1);
    expect(await WAYS[way]?.(url, resolve)).toBe("private_address");
    expect(victim.reached()).toBe(0);
  },
);

it.each([
  ["127.0.0.1"],
  ["::1"],
  ["::ffff:7f00:1"],
  ["::7f00:1"],
  ["64:ff9b::7f00:1"],
  ["2002:7f00:1::"],
  ["0.0.0.0"],
  ["169.254.169.254"],
  ["fd00:ec2::254"],
])("nothing reaches a name that leads to %s, alone or beside a public address", async (address) => {
  const victim = await inside();
  for (const found of [[address], [NOWHERE, address], [address, NOWHERE]])
    for (const [way, reach] of Object.entries(WAYS)) {
      const { address: server } = await startNameServer(found);
      const resolve = createResolve(new Set(), [server]);
      expect(await reach(`https://leads-inside.example:${victim.port}/`, resolve), way).toBe(
        "private_address",
      );
    }
  expect(victim.reached()).toBe(0);
});

/** Where a redirect may lead to get inside: to a port of this machine, by an address that the operator has not listed. */
const REDIRECTS: ((port: number) => string)[] = [
  (port) => `http://127.0.0.1:${port}/`,
  (port) => `https://127.0.0.1:${port}/`,
  (port) => `//127.0.0.1:${port}/`,
  (port) => String.raw`\\127.0.0.1:${port}\ `,
  (port) => `https://127.0.0.1.:${port}/`,
  (port) => `https://127.1:${port}/`,
  (port) => `https://2130706433:${port}/`,
  (port) => `https://0x7f000001:${port}/`,
  (port) => `https://0177.0.0.1:${port}/`,
  (port) => `https://0:${port}/`,
  (port) => `https://%31%32%37.0.0.1:${port}/`,
  (port) => `https://[::1]:${port}/`,
  (port) => `https://[::]:${port}/`,
  (port) => `https://[::ffff:127.0.0.1]:${port}/`,
  (port) => `https://[::ffff:7f00:1]:${port}/`,
  (port) => `https://[::127.0.0.1]:${port}/`,
  (port) => `https://localhost@127.0.0.1:${port}/`,
  (port) => `https://localhost:${port}@127.0.0.1:${port}/`,
  (port) => `https://me:secret@localhost:${port}/`,
  (port) => `https://leads-inside.example:${port}/`,
  (port) => `gopher://localhost:${port}/`,
  (port) => `ws://localhost:${port}/`,
  () => "file:///etc/passwd",
  () => "data:text/calendar,BEGIN:VCALENDAR",
  () => "http://[",
];

const name = (to: (port: number) => string): [string, typeof to] => [to(80), to];

it.each(REDIRECTS.map(name))("no redirect leads inside: to %s", async (_where, to) => {
  const victim = await inside();
  const { address } = await startNameServer(["127.0.0.1"]);
  const resolve = createResolve(new Set(["localhost"]), [address]);
  const asked: string[] = [];
  let status = 0;
  const answer: RequestListener = (request, response) => {
    const { url = "" } = request;
    asked.push(url);
    // By an address of its own, and by one of two steps.
    const location = url === "/two-steps" ? "/one-step" : to(victim.port);
    response.writeHead(status, { Location: location, Connection: "close" }).end();
  };
  const port = await listen(createHttp(answer));
  for (status of [301, 302, 303, 307, 308]) {
    const says = async (way: string, path: string) =>
      await WAYS[way]?.(`http://localhost:${port}${path}`, resolve, ["localhost"]);
    expect(await says("a webhook", "/one-step")).toBe(`http_${status}`);
    expect(await says("a plugin's fetch", "/one-step")).toBe(status);
    for (const path of ["/one-step", "/two-steps"])
      expect(await says("a calendar", path)).toMatch(/^(private_address|insecure|redirect|undeclared_host)$/);
  }
  expect(asked).toHaveLength(5 * 5);
  expect(victim.reached()).toBe(0);
});
