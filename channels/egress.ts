/** The only way out for a channel: connections to the hosts that it declared. Node's own `fetch` takes no such limits. */
import { lookup as systemLookup, type LookupAddress, type LookupAllOptions } from "node:dns";
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { reachOf } from "./address.ts";
import type { ChannelLog } from "./define.ts";
import { EgressError } from "./egress-error.ts";
import { createFetch } from "./fetch.ts";
import { bareHost, type HostList } from "./hosts.ts";

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;
export type Connect = (to: ConnectOptions) => Promise<Socket>;

export interface ConnectOptions {
  host: string;
  port: number;
  /** TLS from the first byte; the certificate must be the host's. */
  tls?: boolean;
  signal?: AbortSignal;
}

export interface EgressOptions {
  plugin: string;
  hosts: HostList;
  /** Host names whose addresses may lie inside: what CHANNEL_PRIVATE_HOSTS lists. */
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

export interface Egress {
  fetch: Fetch;
  connect: Connect;
}

/** What `fetch` and `connect` ask before they go out. */
export interface Guard {
  /** @throws EgressError for a host or port that was not declared, or an address that is never allowed */
  admit(host: string, port: number): void;
  /** Whether the host is known to be inside, where TLS may be done without. */
  inside(host: string): boolean;
  /** Resolves a name to the addresses that may be connected to. */
  lookup: LookupFunction;
}

export function createEgress(options: EgressOptions): Egress {
  const guard = createGuard(options);
  return { fetch: createFetch(guard), connect: (to) => connect(guard, to) };
}

function createGuard({ plugin, hosts, privateHosts, log, resolve = systemLookup }: EgressOptions): Guard {
  const inside = (host: string): boolean => privateHosts.has(bareHost(host)) || hosts.isLiteral(host);

  function admit(host: string, port: number): void {
    if (!hosts.allows(host, port)) {
      log.warn({ plugin, host, port }, "a channel tried to reach a host that it does not declare in hosts()");
      throw new EgressError("undeclared_host", `${host}:${port} is not among the plugin's hosts`);
    }
    const literal = hosts.isLiteral(host) && bareHost(host) !== "localhost";
    if (literal && reachOf(bareHost(host)) === "forbidden") {
      throw new EgressError("private_address", `${host} is never reached`);
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

async function connect(guard: Guard, { host, port, tls = false, signal }: ConnectOptions): Promise<Socket> {
  guard.admit(host, port);
  if (signal?.aborted) throw new EgressError("aborted", "aborted before connecting");
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const to = { host: bareHost(host), port, lookup: guard.lookup };
  const socket = tls
    ? connectTls({ ...to, ...(isIP(to.host) ? {} : { servername: to.host }) })
    : connectTcp(to);
  const onAbort = (): void => {
    reject(new EgressError("aborted", `aborted while connecting to ${host}`));
    socket.destroy();
  };
  const onError = (error: Error): void => {
    const known = error instanceof EgressError;
    reject(known ? error : new EgressError("connect_failed", `${host} can't be connected to`));
    socket.destroy();
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  // Stays for the socket's life: an error that a plugin forgot to listen for must not end the process.
  socket.on("error", onError);
  socket.once(tls ? "secureConnect" : "connect", () => resolve(socket));
  try {
    return await promise;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
