import { lookup, Resolver } from "node:dns/promises";
import type { Resolve } from "../../channels/guard.ts";
import { bareHost } from "../../channels/hosts.ts";

/** How long a name server may take, and how often it is asked; ms. */
const PATIENCE = { timeout: 4_000, tries: 2 };

/**
 * Resolves the names of webhooks by DNS alone. The system's own way takes one of the few threads that a node has for all its names, so a
 * receiver whose name server is slow would hold up channels. Hosts that the operator lists may stand in a file of the machine: the system's
 * way is theirs.
 * @param privateHosts as CHANNEL_PRIVATE_HOSTS has them
 * @param servers name servers; default the system's
 */
export function createResolve(privateHosts: ReadonlySet<string>, servers?: string[]): Resolve {
  const resolver = new Resolver(PATIENCE);
  if (servers !== undefined) resolver.setServers(servers);
  const byDns = async (host: string) => {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const found = [
      ...(v4.status === "fulfilled" ? v4.value.map((address) => ({ address, family: 4 })) : []),
      ...(v6.status === "fulfilled" ? v6.value.map((address) => ({ address, family: 6 })) : []),
    ];
    if (found.length === 0 && v4.status === "rejected") throw v4.reason;
    return found;
  };
  return (host, options, done) => {
    const found = privateHosts.has(bareHost(host)) ? lookup(host, options) : byDns(host);
    found.then(
      (addresses) => done(null, addresses),
      (error: NodeJS.ErrnoException) => done(error, []),
    );
  };
}
