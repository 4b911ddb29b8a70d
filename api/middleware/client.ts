import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { BlockList, isIP, isIPv4 } from "node:net";
import type { Context, Next } from "koa";
import type { Logger } from "../../config/log.ts";
import { must } from "../../config/must.ts";

const addresses = new WeakMap<IncomingMessage, string>();

/**
 * Makes a reader of the client's address: the other end of the socket, unless that is one of the named proxies. Then it is the
 * last address in X-Forwarded-For that is not a named proxy: anybody can write the ones before it.
 */
export function addressReader(
  proxies: readonly string[],
  log: Pick<Logger, "warn">,
): (request: IncomingMessage) => string {
  const isProxy = proxyCheck(proxies);
  const watch = createProxyWatch(log);
  let told = false;
  const cantRead = (proxy: string): void => {
    if (!told)
      log.warn(
        { proxy },
        "a named proxy writes into X-Forwarded-For what is no address: its callers are counted as one",
      );
    told = true;
  };

  return ({ socket, headers }) => {
    let address = plain(socket.remoteAddress ?? "");
    const hops = String(headers["x-forwarded-for"] ?? "")
      .split(",")
      .map((hop) => plain(hop.trim()));
    const last = must(hops.at(-1), "hop");
    if (!isProxy(address) && last !== "") watch(address, last);
    while (isProxy(address)) {
      const before = hops.pop() ?? "";
      if (before !== "" && isIP(before) === 0) cantRead(address);
      if (isIP(before) === 0) break;
      address = before;
    }
    return address;
  };
}

/** Makes a check whether an address is one of the named proxies. */
export function proxyCheck(proxies: readonly string[]): (address: string) => boolean {
  const named = new BlockList();
  for (const proxy of proxies) {
    const [address = "", bits] = proxy.split("/");
    const family = isIPv4(address) ? "ipv4" : "ipv6";
    if (bits === undefined) named.addAddress(address, family);
    else named.addSubnet(address, Number(bits), family);
  }
  return (address) => isIP(address) !== 0 && named.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}

/** Finds the client's address of each call. */
export function clientAddress(addressOf: (request: IncomingMessage) => string) {
  return async (ctx: Context, next: Next): Promise<void> => {
    addresses.set(ctx.req, addressOf(ctx.req));
    await next();
  };
}

/** The number of forwarded calls after which their addresses are judged. */
const ENOUGH = 20;

/**
 * Warns once when every forwarded call came from one address, for several clients: it is a proxy that nobody named, and all
 * callers are then counted as one.
 */
function createProxyWatch(log: Pick<Logger, "warn">): (from: string, client: string) => void {
  const [froms, clients] = [new Set<string>(), new Set<string>()];
  let calls = 0;
  return (from, client) => {
    if (calls >= ENOUGH) return;
    calls++;
    froms.add(from);
    clients.add(client);
    if (calls === ENOUGH && froms.size === 1 && clients.size > 1)
      log.warn(
        { proxy: from },
        "every call comes through one proxy that TRUSTED_PROXY does not name: one caller's failures are counted against all",
      );
  };
}

/** An address without what proxies write around it: brackets, a port, IPv4 in the notation of IPv6. */
export const plain = (address: string): string =>
  address
    .replace(/^\[([^\]]*)\](?::\d+)?$/, "$1")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1")
    .replace(/^::ffff:(?=\d+\.)/i, "");

/** The network by which failures and sockets are counted: the address; for IPv6 its /64, which one client has to itself (RFC 6177). */
export const networkOf = (ctx: Context): string =>
  networkOfAddress(must(addresses.get(ctx.req), "address of the client"));

export function networkOfAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}

/** Headers by which a proxy says that it passes on what somebody else asked. */
const FORWARDED = /forwarded|(?:^|-)(?:real|client|connecting)-ip$|^via$/;

interface Asked {
  socket: { remoteAddress?: string | undefined };
  headers: IncomingHttpHeaders;
}

/** Whether the caller is on this machine itself, and no proxy on it that asks for somebody else. */
export function isLocal({ socket, headers }: Asked): boolean {
  const address = plain(socket.remoteAddress ?? "");
  return (
    isLoopback(address) && isOfMachine(headers) && !Object.keys(headers).some((name) => FORWARDED.test(name))
  );
}

const isLoopback = (address: string): boolean =>
  address === "::1" || (isIPv4(address) && address.startsWith("127."));

/** Whether it is called by the machine's own names: a browser on it that somebody's page has led here (DNS rebinding) says that page's host. */
function isOfMachine({ host = "localhost" }: IncomingHttpHeaders): boolean {
  const name = URL.parse(`http://${host}`)?.hostname ?? "";
  return name === "localhost" || isLoopback(plain(name));
}
