import { isIP } from "node:net";

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
