import { BlockList, isIP } from "node:net";

type Subnet = readonly [net: string, prefix: number];

/** No provider is here: "this" network, link-local (where clouds have their metadata services), multicast, reserved. */
const FORBIDDEN_4: Subnet[] = [
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
  ["224.0.0.0", 3],
];
const FORBIDDEN_6: Subnet[] = [
  ["::", 128],
  // IPv4-mapped IPv6: no resolver gives such an address for a name.
  ["::ffff:0:0", 96],
  ["fd00:ec2::254", 128],
  ["fe80::", 10],
  ["ff00::", 8],
];

const PRIVATE_4: Subnet[] = [
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
];
/**
 * Everything outside 2000::/3, the range that is handed out, and within it Teredo and similar tunnels, documentation
 * and 6to4.
 */
const PRIVATE_6: Subnet[] = [
  ["::", 3],
  ["4000::", 2],
  ["8000::", 1],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
];

// One list for each family: a BlockList also compares IPv4 addresses, as mapped ones, with IPv6 subnets.
const LISTS = {
  ipv4: { forbidden: listOf("ipv4", FORBIDDEN_4), private: listOf("ipv4", PRIVATE_4) },
  ipv6: { forbidden: listOf("ipv6", FORBIDDEN_6), private: listOf("ipv6", PRIVATE_6) },
};

/**
 * Where an IP address lies, after the IANA special-purpose registries: `public` on the Internet, `private` inside
 * (loopback, RFC 1918, unique local, documentation …), `forbidden` where no channel has any business.
 */
export function reachOf(address: string): "public" | "private" | "forbidden" {
  const family = isIP(address);
  if (family === 0) return "forbidden";
  const type = family === 4 ? "ipv4" : "ipv6";
  if (LISTS[type].forbidden.check(address, type)) return "forbidden";
  return LISTS[type].private.check(address, type) ? "private" : "public";
}

function listOf(type: "ipv4" | "ipv6", subnets: Subnet[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, type);
  return list;
}
