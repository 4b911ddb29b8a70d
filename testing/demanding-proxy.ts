import { once } from "node:events";
import {
  connect as connectHttp2,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { type AddressInfo } from "node:net";
import type { Authority, Identity } from "./certificates.ts";

export interface DemandingProxy {
  port: number;
  /** The headers of every gRPC call that came in. */
  calls: IncomingHttpHeaders[];
  close(): Promise<void>;
}

type Demand = { authority: Authority } | { key: string } | { forbids: string };

/** The gRPC status with which a call is refused; null where it goes on. */
function refusalOf(headers: IncomingHttpHeaders, demand: Demand): string | null {
  if ("key" in demand && headers.authorization !== `Bearer ${demand.key}`) return "16";
  if ("forbids" in demand && headers[":path"]?.endsWith(`/${demand.forbids}`)) return "7";
  return null;
}

/**
 * A gRPC proxy before Temporal that speaks TLS alone. It demands a client certificate of `authority`'s, or, where there is a `key`, an
 * API key, as Temporal Cloud does; a call without it gets UNAUTHENTICATED. Where it `forbids` a method, calls of that one get PERMISSION_DENIED.
 */
export async function demandBeforeTemporal(
  address: string,
  server: Identity,
  demand: Demand,
): Promise<DemandingProxy> {
  const upstream = connectHttp2(`http://${address}`);
  upstream.on("error", () => undefined);
  const calls: IncomingHttpHeaders[] = [];
  const certificate = "authority" in demand ? { ca: demand.authority.cert, requestCert: true } : {};
  const proxy = createSecureServer({ cert: server.cert, key: server.key, ...certificate });
  const sessions = new Set<{ destroy(): void }>();
  proxy.on("session", (session) => sessions.add(session));
  proxy.on("stream", (stream: ServerHttp2Stream, headers) => {
    calls.push(headers);
    stream.on("error", () => undefined);
    const refusal = refusalOf(headers, demand);
    if (refusal !== null) {
      stream.respond(
        { ":status": 200, "content-type": "application/grpc", "grpc-status": refusal },
        { endStream: true },
      );
      return;
    }
    const { ":authority": _, ...rest } = headers;
    const call = upstream.request(rest);
    call.on("error", () => stream.close());
    stream.on("close", () => call.close());
    call.on("response", (answer, flags) => {
      const ended = (flags & 1) !== 0;
      stream.respond(answer, { waitForTrailers: !ended, endStream: ended });
      let trailers = {};
      call.on("trailers", (given) => (trailers = given));
      stream.on("wantTrailers", () => stream.sendTrailers(trailers));
      if (!ended) call.pipe(stream);
    });
    stream.pipe(call);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    port: (proxy.address() as AddressInfo).port,
    calls,
    close: async () => {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      proxy.close();
      await once(proxy, "close");
    },
  };
}
