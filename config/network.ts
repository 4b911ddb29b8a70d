import { BlockList, isIP } from "node:net";

/**
 * The range that a site or a customer has to itself, behind whatever stands before it, of an address or network as `networkOfAddress` writes it:
 * the /48 of IPv6 (RFC 6177); null for IPv4, and for what is no network.
 */
export const siteOf = (network: string): string | null =>
  /^(.*?(?:[0-9a-f]+:){2}[0-9a-f]+):[0-9a-f]+$/.exec(network)?.[1] ?? null;

/** True for an address, IPv4 or IPv6, or a network in CIDR notation (10.0.0.0/8). */
export function isNetwork(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** The widest networks that are private: 10.0.0.0/8 (RFC 1918), and fc00::/7 (RFC 4193). */
const WIDEST = { 4: 8, 6: 7 };
/** IPv4 within IPv6 is behind so many bits (::ffff:0:0/96; RFC 4291, 2.5.5.2). */
const MAPPED = 96;

/** True for a network, as `isNetwork` takes it, that is wider than any private one: strangers have addresses in it. */
export function isWide(network: string): boolean {
  const [address = "", bits] = network.split("/");
  if (bits === undefined) return false;
  const length = Number(bits);
  if (isIP(address) === 4) return length < WIDEST[4];
  return length < WIDEST[6] || (length < MAPPED + WIDEST[4] && holdsMapped(address, length));
}

function holdsMapped(address: string, length: number): boolean {
  const list = new BlockList();
  list.addSubnet(address, Math.min(length, MAPPED), "ipv6");
  return list.check("::ffff:0:0", "ipv6");
}
