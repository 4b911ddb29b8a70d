import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer, type Server as TlsServer, type ServerOptions } from "node:https";
import type { Server as SocketServer, Socket } from "node:net";
import type Koa from "koa";

/** Bounds on slow or oversized requests: ms, and bytes of all headers together. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;
const KEEP_ALIVE_TIMEOUT = 65_000;
/** After so long without a byte either way a connection ends: what is not read must not be kept. Streams beat more often, and no call waits as long. */
const SILENCE = 60_000;
const MAX_HEADER_SIZE = 16_384;
/**
 * Requests of one connection that are under way at once. Node begins all that it reads of those that are sent one behind the other, a thousand in
 * 64 KB, each of which may hold a file open while the answer before it is not read.
 */
const MOST_AT_ONCE = 10;

/**
 * An HTTP server around the application, not listening yet. Node itself answers requests that never reach it: 408 to headers or
 * requests that take too long, 431 to headers that are too large, 400 to requests that two parsers could read in two ways.
 */
export function createHttpServer(
  app: Koa,
  { headersTimeout = HEADERS_TIMEOUT, requestTimeout = REQUEST_TIMEOUT, silence = SILENCE } = {},
): Server {
  const server = createServer({ ...BOUNDS, headersTimeout, requestTimeout }, bounded(app.callback()));
  server.timeout = silence;
  return server;
}

/** The same, over TLS. */
export function createHttpsServer(app: Koa, tls: ServerOptions): TlsServer {
  const options = { ...BOUNDS, ...tls, handshakeTimeout: HEADERS_TIMEOUT };
  const server = createTlsServer(options, bounded(app.callback()));
  server.timeout = SILENCE;
  return server;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Ends a connection with more requests under way than `MOST_AT_ONCE`: browsers and proxies send one after the answer to the other. */
function bounded(handle: Handle): RequestListener {
  const underWay = new WeakMap<Socket, number>();
  const change = (socket: Socket, by: 1 | -1): number => {
    const now = (underWay.get(socket) ?? 0) + by;
    underWay.set(socket, now);
    return now;
  };
  return (request, response) => {
    const { socket } = request;
    if (change(socket, 1) > MOST_AT_ONCE) return void socket.destroy();
    response.once("close", () => change(socket, -1));
    response.once("finish", () => letGo(request));
    handle(request, response);
  };
}

/** Has nobody hear the rest of a body whose call is answered: what was read of it would be held until the connection ends. */
function letGo(request: IncomingMessage): void {
  if (request.complete) return;
  request.unpipe();
  request.removeAllListeners("data");
  request.resume();
}

const BOUNDS = {
  headersTimeout: HEADERS_TIMEOUT,
  requestTimeout: REQUEST_TIMEOUT,
  insecureHTTPParser: false,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: MAX_HEADER_SIZE,
};

/** Listens, and answers the port. @throws ListenError that says how to go on */
export async function listen(
  server: SocketServer,
  port: number,
  host: string,
  variable = "PORT",
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new ListenError(error, { port, host, variable })));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

interface Place {
  port: number;
  host: string;
  /** The variable that says the port. */
  variable: string;
}

/** The node can't listen where it is told to; the message says how to go on. */
export class ListenError extends Error {
  constructor(cause: NodeJS.ErrnoException, place: Place) {
    super(remedyFor(cause, place), { cause });
    this.name = "ListenError";
  }
}

function remedyFor({ code, message }: NodeJS.ErrnoException, { port, host, variable }: Place): string {
  const other = `choose another: ${variable}=${port < 65_535 ? port + 1 : 3_000} npm start`;
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} is in use. Stop what listens there, or ${other}`;
    case "EACCES":
      return `Port ${port} is not open to this user, as those below 1024 seldom are. Choose another: ${variable}=${port + 8_000} npm start`;
    case "EADDRNOTAVAIL":
    case "EINVAL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `HOST is ${host}, which is no address of this machine (${code}). Set it to one that is, or leave it out to listen on all of them.`;
    default:
      return `Port ${port} of ${host} can't be opened (${message}). Find out why, or ${other}`;
  }
}
