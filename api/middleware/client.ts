import { BlockList, isIP, isIPv4 } from "node:net";
import type { Context, Next } from "koa";

/**
 * Puts the client's address into `ctx.state.address`: the other end of the socket, unless that is one of the named proxies.
 * Then it is the last address in X-Forwarded-For that is none of them: whatever stands before it, anybody can write.
 */
export function clientAddress(proxies: readonly string[]) {
  const named = new BlockList();
  for (const proxy of proxies) {
    const [address = "", bits] = proxy.split("/");
    const family = isIPv4(address) ? "ipv4" : "ipv6";
    if (bits === undefined) named.addAddress(address, family);
    else named.addSubnet(address, Number(bits), family);
  }
  const isProxy = (address: string): boolean => named.check(address, isIPv4(address) ? "ipv4" : "ipv6");

  return async (ctx: Context, next: Next): Promise<void> => {
    let address = plain(ctx.req.socket.remoteAddress ?? "");
    const hops = ctx
      .get("X-Forwarded-For")
      .split(",")
      .map((hop) => plain(hop.trim()));
    while (isIP(address) !== 0 && isProxy(address)) {
      const before = hops.pop();
      if (before === undefined || isIP(before) === 0) break;
      address = before;
    }
    ctx.state["address"] = address;
    await next();
  };
}

/** IPv4 in its own notation, also where the socket speaks IPv6. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");

/**
 * What failures are counted by: the address, for IPv6 its /64, which is what one client has to itself (RFC 6177).
 */
export function networkOf(ctx: Context): string {
  const address: string = ctx.state["address"] ?? "";
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
