import { domainToASCII } from "node:url";

/** RFC 5322 dot-atom, without `!` and `%`, which make old relays pass the mail on to another address. */
const LOCAL = /^[A-Za-z0-9#$&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9#$&'*+/=?^_`{|}~-]+)*$/;
/** Letters, digits and marks of any script; IDNA would map away anything else, so it is refused first. */
const DOMAIN = /^[\p{L}\p{N}\p{M}-]+(\.[\p{L}\p{N}\p{M}-]+)+$/u;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const NUMERIC = /^\d+$/;

/**
 * One mailbox in its plainest form, or null. Refuses whatever could add or redirect a recipient: line breaks, commas,
 * quotes, comments, angle brackets, groups, routes, address literals. A domain in another script becomes punycode.
 * Lengths are those of RFC 5321 4.5.3.1: 64 for the local part, 254 in all.
 */
export function addrSpec(value: string): string | null {
  const at = value.lastIndexOf("@");
  const local = value.slice(0, Math.max(at, 0));
  const domain = value.slice(at + 1);
  if (local.length > 64 || !LOCAL.test(local) || !DOMAIN.test(domain)) return null;
  const ascii = domainToASCII(domain);
  const labels = ascii.split(".");
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label))) return null;
  if (NUMERIC.test(labels.at(-1) ?? "")) return null;
  const address = `${local}@${ascii}`;
  return address.length > 254 ? null : address;
}

/** The part after the `@` of an address that `addrSpec` made. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
