import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { must } from "../../config/must.ts";
import { PROTOCOL } from "../contract.ts";

/** Why an upgrade is refused, as an HTTP answer. */
export interface Refusal {
  status: 400 | 403 | 404 | 429 | 503;
  /** Slug, for the metrics. */
  code: string;
  detail: string;
}

/** Refuses an upgrade with a problem document (RFC 9457), and ends the connection: nobody else bounds how long a client keeps its side of it open. */
export function refuseUpgrade(socket: Duplex, { status, code, detail }: Refusal): void {
  const title = must(STATUS_CODES[status], `title of status ${status}`);
  const body = JSON.stringify({ type: `urn:tocsin:problem:${code}`, title, status, detail });
  const headers = [
    `HTTP/1.1 ${status} ${title}`,
    "Content-Type: application/problem+json",
    "Cache-Control: no-store",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    ...(status === 503 || status === 429 ? ["Retry-After: 1"] : []),
  ];
  socket.end(`${headers.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}

/**
 * The path asked for, as it is written: of another spelling (`//host/…`, `/x/../…`, `%2e`), a proxy before the node may have judged another path.
 */
export function pathOf(request: IncomingMessage): string {
  const [path = ""] = must(request.url, "path of the request").split("?", 1);
  return path;
}

/** Picks this server's protocol out of the client's offers. A client that offers none speaks it all the same. */
export function chooseProtocol(offered: Set<string>): string | false {
  return offered.has(PROTOCOL) ? PROTOCOL : false;
}

/** True when the client offers protocols, but not this one. */
export function speaksOtherProtocol(request: IncomingMessage): boolean {
  const offered = request.headers["sec-websocket-protocol"];
  if (offered === undefined) return false;
  return !offered.split(",").some((name) => name.trim() === PROTOCOL);
}
