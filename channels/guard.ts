import { lookup as systemLookup, type LookupAddress, type LookupAllOptions } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { reachOf } from "./address.ts";
import { EgressError } from "./egress-error.ts";
import { bareHost, type HostList } from "./hosts.ts";
import type { ChannelLog } from "./plugin.ts";

/** Decides for `fetch` and `connect` where they may go. */
export interface Guard {
  /** @throws EgressError for a host or port that was not declared, or an address that is never allowed */
  admit(host: string, port: number): void;
  /** Whether the host is known to be inside: a request to it may go without TLS. */
  inside(host: string): boolean;
  /** Resolves a name to the addresses that may be connected to. */
  lookup: LookupFunction;
}

export interface GuardOptions {
  plugin: string;
  hosts: HostList;
  /** Host names whose addresses may lie inside: those in CHANNEL_PRIVATE_HOSTS. */
  privateHosts: ReadonlySet<string>;
  log: ChannelLog;
  /** Resolves names; default the system's own way. */
  resolve?: Resolve;
}

export type Resolve = (
  host: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

/**
 * The guard of one plugin: it lets the plugin reach the hosts that it declared, and only where their addresses are
 * allowed.
 */
export function createGuard({
  plugin,
  hosts,
  privateHosts,
  log,
  resolve = systemLookup,
}: GuardOptions): Guard {
  const inside = (host: string): boolean => privateHosts.has(bareHost(host)) || hosts.isLiteral(host);

  function admit(host: string, port: number): void {
    if (!hosts.allows(host, port)) {
      log.warn({ plugin, host, port }, "a channel tried to reach a host that it does not declare in hosts()");
      throw new EgressError("undeclared_host", `${host}:${port} is not among the plugin's hosts`);
    }
    // No look-up comes after it, so an address is judged here.
    const reach = isIP(bareHost(host)) === 0 ? "public" : reachOf(bareHost(host));
    if (reach === "forbidden" || (reach === "private" && !inside(host))) {
      throw new EgressError("private_address", `${host} is not reached`);
    }
  }

  const lookup: LookupFunction = (host, { all, ...rest }, done) => {
    resolve(bareHost(host), { ...rest, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return done(new EgressError("unresolved", `${host} can't be resolved`), "");
      const wrong = found.some(({ address }) => {
        const reach = reachOf(address);
        return reach === "forbidden" || (reach === "private" && !inside(host));
      });
      const [first] = found;
      if (wrong || first === undefined) {
        log.warn(
          { plugin, host },
          "a channel's host has a private address; list it in CHANNEL_PRIVATE_HOSTS if that is meant",
        );
        return done(new EgressError("private_address", `${host} has a private address`), "");
      }
      return all === true ? done(null, found) : done(null, first.address, first.family);
    });
  };

  return { admit, inside, lookup };
}
