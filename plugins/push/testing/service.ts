import { createPublicKey, verify } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text as readText, buffer } from "node:stream/consumers";

/** A message as a push service got it. */
export interface Pushed {
  /** The endpoint's path. */
  path: string;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

/** How it treats a message: takes it, answers a status, cuts the connection, or says nothing. */
export type Treatment = "take" | { status: number; retryAfter?: string } | "cut" | "hold";

/** A push service on 127.0.0.1, which refuses what RFC 8030 and RFC 8292 say that it must refuse. */
export interface PushService {
  url: string;
  host: string;
  /** Those that were well formed and signed, in the order in which they came. */
  messages: Pushed[];
  /** Why messages were refused. */
  faults: string[];
  treat(how: Treatment): void;
  close(): Promise<void>;
}

export async function startPushService(): Promise<PushService> {
  const messages: Pushed[] = [];
  const faults: string[] = [];
  let how: Treatment = "take";
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const url = `http://127.0.0.1:${address.port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST") {
      await readText(request);
      return void response.writeHead(404).end();
    }
    const body = await buffer(request);
    const fault = faultOf(request, body);
    if (fault !== null) {
      faults.push(fault);
      return void response.writeHead(fault.startsWith("vapid") ? 403 : 400).end(fault);
    }
    messages.push({ path: request.url ?? "", headers: request.headers, body });
    if (how === "hold") return;
    if (how === "cut") return void request.socket.destroy();
    const { status, retryAfter } = how === "take" ? { status: 201 } : { retryAfter: undefined, ...how };
    response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter });
    // A real one's words may quote what it was sent.
    response.end(`${request.url} ${request.headers.authorization}`);
  }

  function faultOf({ headers }: IncomingMessage, body: Buffer): string | null {
    if (!/^\d+$/.test(String(headers["ttl"]))) return "no TTL (RFC 8030, 5.2)";
    if (!/^(very-low|low|normal|high)$/.test(String(headers["urgency"]))) return "no Urgency";
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(String(headers["topic"]))) return "no Topic (RFC 8030, 5.4)";
    if (headers["content-encoding"] !== "aes128gcm") return "not aes128gcm (RFC 8291, 4)";
    if (body.length > 4_096) return "too large (RFC 8030, 7.2)";
    return vapidFault(String(headers.authorization), url);
  }

  return {
    url,
    host: new URL(url).host,
    messages,
    faults,
    treat: (treatment) => (how = treatment),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** What is wrong with a signature (RFC 8292, 2 and 3); null where nothing is. */
function vapidFault(authorization: string, origin: string): string | null {
  const { token = "", key = "" } =
    /^vapid t=(?<token>[^,]+), ?k=(?<key>[\w-]+)$/.exec(authorization)?.groups ?? {};
  const [header = "", claims = "", signature = ""] = token.split(".");
  const point = Buffer.from(key, "base64url");
  if (point.length !== 65) return "vapid: no key";
  const publicKey = createPublicKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: "P-256",
      x: point.subarray(1, 33).toString("base64url"),
      y: point.subarray(33).toString("base64url"),
    },
  });
  const signed = Buffer.from(`${header}.${claims}`);
  const good = verify(
    "sha256",
    signed,
    { key: publicKey, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  if (!good) return "vapid: a wrong signature";
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, "base64url").toString());
  if (aud !== origin) return "vapid: for another service";
  if (!(exp > Date.now() / 1_000 && exp < Date.now() / 1_000 + 86_400)) return "vapid: a wrong time";
  return /^(mailto|https):/.test(sub) ? null : "vapid: no contact";
}
