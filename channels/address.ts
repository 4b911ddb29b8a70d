import { BlockList, isIP } from "node:net";

const forbidden = new BlockList();
// Link-local addresses hold the clouds' metadata services, and are nobody's provider.
forbidden.addSubnet("169.254.0.0", 16);
forbidden.addSubnet("fe80::", 10, "ipv6");
forbidden.addAddress("fd00:ec2::254", "ipv6");
forbidden.addSubnet("0.0.0.0", 8);
forbidden.addSubnet("224.0.0.0", 3);
forbidden.addSubnet("::", 128, "ipv6");
forbidden.addSubnet("ff00::", 8, "ipv6");

const inward = new BlockList();
for (const [net, bits] of [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
] as const) {
  inward.addSubnet(net, bits);
}
// Only 2000::/3 is handed out for the public Internet; Teredo, documentation and 6to4 in it are not.
inward.addSubnet("::", 3, "ipv6");
inward.addSubnet("4000::", 2, "ipv6");
inward.addSubnet("8000::", 1, "ipv6");
inward.addSubnet("2001::", 23, "ipv6");
inward.addSubnet("2001:db8::", 32, "ipv6");
inward.addSubnet("2002::", 16, "ipv6");

/**
 * Where an IP address lies, after the IANA special-purpose registries: `public` on the Internet, `private` inside
 * (loopback, RFC 1918, unique local, documentation …), `forbidden` for what no channel has business with.
 */
export function reachOf(address: string): "public" | "private" | "forbidden" {
  const family = isIP(address);
  if (family === 0) return "forbidden";
  const type = family === 4 ? "ipv4" : "ipv6";
  const mapped = family === 6 && /^(0{0,4}:)*:?(0{1,4}:)*ffff:/i.test(address);
  if (mapped || forbidden.check(address, type)) return "forbidden";
  return inward.check(address, type) ? "private" : "public";
}
