import { createServer, type Server } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer, type ServerOptions } from "node:https";
import type Koa from "koa";

/** Bounds on slow or oversized requests: ms, and bytes of all headers together. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;
const KEEP_ALIVE_TIMEOUT = 65_000;
/** After so long without a byte either way a connection ends: what is not read must not be kept. Streams beat more often, and no call waits as long. */
const SILENCE = 60_000;
const MAX_HEADER_SIZE = 16_384;

/**
 * An HTTP server around the application, not listening yet. Node itself answers requests that never reach it: 408 to headers or
 * requests that take too long, 431 to headers that are too large, 400 to requests that two parsers could read in two ways.
 */
export function createHttpServer(
  app: Koa,
  { headersTimeout = HEADERS_TIMEOUT, requestTimeout = REQUEST_TIMEOUT, silence = SILENCE } = {},
): Server {
  const handle = app.callback();
  const server = createServer(
    { ...BOUNDS, headersTimeout, requestTimeout },
    (request, response) => void handle(request, response),
  );
  server.timeout = silence;
  return server;
}

/** The same, over TLS. */
export function createHttpsServer(app: Koa, tls: ServerOptions): TlsServer {
  const handle = app.callback();
  const server = createTlsServer(
    { ...BOUNDS, ...tls },
    (request, response) => void handle(request, response),
  );
  server.timeout = SILENCE;
  return server;
}

const BOUNDS = {
  headersTimeout: HEADERS_TIMEOUT,
  requestTimeout: REQUEST_TIMEOUT,
  insecureHTTPParser: false,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: MAX_HEADER_SIZE,
};

/** Listens, and answers the port. @throws PortInUseError that says how to go on */
export async function listen(server: Server, port: number, host: string, variable = "PORT"): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      reject(taken ? new PortInUseError(port, variable) : error);
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** Another program listens on the port; the message says how to go on. */
export class PortInUseError extends Error {
  constructor(port: number, variable: string) {
    super(
      `Port ${port} is in use. Stop what listens there, or choose another: ${variable}=${port + 1} npm start`,
    );
    this.name = "PortInUseError";
  }
}
