import type { Server } from "node:net";
import type { Logger } from "../../config/log.ts";
import { networkOfAddress, plain, proxyCheck } from "./client.ts";

/** A whole hospital may come from one address: 10,000 live sockets, and what its browsers call by beside them. */
const MOST_CONNECTIONS = 12_000;

/** Has a server end the connections of a network beyond so many, a named proxy's aside, and warns once. */
export function boundConnections(
  server: Server,
  proxies: readonly string[],
  log: Pick<Logger, "warn">,
  most = MOST_CONNECTIONS,
): void {
  const isProxy = proxyCheck(proxies);
  const open = new Map<string, number>();
  let told = false;
  const change = (network: string, by: 1 | -1): void => {
    const now = (open.get(network) ?? 0) + by;
    if (now === 0) open.delete(network);
    else open.set(network, now);
  };
  server.on("connection", (socket) => {
    const address = plain(socket.remoteAddress ?? "");
    if (isProxy(address)) return;
    const network = networkOfAddress(address);
    if ((open.get(network) ?? 0) >= most) {
      if (!told)
        log.warn({ network, most }, "a network holds as many connections as it may; further ones are ended");
      told = true;
      return void socket.destroy();
    }
    change(network, 1);
    socket.once("close", () => change(network, -1));
  });
}
