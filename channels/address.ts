import { BlockList, isIP } from "node:net";

type Subnet = readonly [net: string, prefix: number];

/** Nobody's provider: "this" network, link-local (it holds the clouds' metadata services), multicast, reserved. */
const FORBIDDEN_4: Subnet[] = [
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
  ["224.0.0.0", 3],
];
const FORBIDDEN_6: Subnet[] = [
  ["::", 128],
  // IPv4 in IPv6's clothes: no resolver answers so for a name.
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
/** All but 2000::/3, which is what is handed out; and in it Teredo and its like, documentation and 6to4. */
const PRIVATE_6: Subnet[] = [
  ["::", 3],
  ["4000::", 2],
  ["8000::", 1],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
];

// Kept apart by family: a BlockList compares IPv4 addresses with IPv6 subnets as well, as mapped ones.
const LISTS = {
  ipv4: { forbidden: listOf("ipv4", FORBIDDEN_4), private: listOf("ipv4", PRIVATE_4) },
  ipv6: { forbidden: listOf("ipv6", FORBIDDEN_6), private: listOf("ipv6", PRIVATE_6) },
};

/**
 * Where an IP address lies, after the IANA special-purpose registries: `public` on the Internet, `private` inside
 * (loopback, RFC 1918, unique local, documentation …), `forbidden` for what no channel has business with.
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
