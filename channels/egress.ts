/** The only way out for a channel: connections to the hosts that it declared. Node's own `fetch` takes no such limits. */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { EgressError } from "./egress-error.ts";
import { createFetch } from "./fetch.ts";
import { createGuard, type Guard, type GuardOptions } from "./guard.ts";
import { bareHost } from "./hosts.ts";
import type { Connect, ConnectOptions, Fetch } from "./network.ts";

export interface Egress {
  fetch: Fetch;
  connect: Connect;
}

/** `fetch` and `connect` of one plugin, each behind the same guard. */
export function createEgress(options: GuardOptions): Egress {
  const guard = createGuard(options);
  return { fetch: createFetch(guard), connect: (to) => connect(guard, to) };
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
