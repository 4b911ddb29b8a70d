import { isIP } from "node:net";
import { ChannelError } from "./channel-error.ts";

/** The hosts that one channel may reach. */
export interface HostList {
  allows(host: string, port: number): boolean;
  /** Whether the host is an IP address or `localhost`: the plugin means that very address, inside or not. */
  isLiteral(host: string): boolean;
}

/** A wildcard stands for one or more labels in front of at least two. */
const ENTRY =
  /^(?<host>\[[0-9a-f:.]+\]|(?:\*\.[a-z0-9_-]+(?=\.[a-z0-9_-]))?[a-z0-9_.-]+)(?::(?<port>\d{1,5}))?$/i;

/**
 * Reads `"host"`, `"host:port"` and `"*.host"` entries; an IPv6 address stands in brackets.
 * @throws ChannelError for anything else: no scheme, path or other wildcard is understood
 */
export function parseHosts(plugin: string, entries: unknown): HostList {
  const fail = (fault: string): never => {
    const remedy =
      'Return names such as "api.example.com" or "smtp.example.com:587", without scheme or path.';
    throw new ChannelError(plugin, "hosts", fault, remedy);
  };
  if (!Array.isArray(entries)) return fail("does not return a list");
  const allowed = entries.map((entry: unknown) => {
    const { host, port } = (typeof entry === "string" ? ENTRY.exec(entry)?.groups : undefined) ?? {};
    if (host === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) {
      return fail(`entry ${entries.indexOf(entry) + 1} is not a host`);
    }
    return { host: bareHost(host), port: port === undefined ? null : Number(port) };
  });
  return {
    allows: (host, port) =>
      allowed.some((one) => isAmong(bareHost(host), one.host) && (one.port === null || one.port === port)),
    isLiteral: (host) => isIP(bareHost(host)) !== 0 || bareHost(host) === "localhost",
  };
}

const isAmong = (host: string, declared: string): boolean =>
  declared.startsWith("*.") ? host.endsWith(declared.slice(1)) : host === declared;

/**
 * The host of one address that somebody wrote down, on its port. It is trusted with no address inside, even where it is written as one.
 * @throws TypeError where `url` is none
 */
export function hostOf(url: string): HostList {
  const { hostname, port, protocol } = new URL(url);
  const number = Number(port) || (protocol === "https:" ? 443 : 80);
  return {
    allows: (host, asked) => bareHost(host) === bareHost(hostname) && asked === number,
    isLiteral: () => false,
  };
}

/** A host as it is compared: lower case, without an IPv6 address's brackets or a trailing dot. */
export function bareHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
}
