import { isIP } from "node:net";
import { connect } from "node:tls";
import type { TemporalSettings } from "./temporal-settings.ts";
import { explainTls, NO_HANDSHAKE } from "./tls.ts";

/** How long a server has to refuse this node's certificate, which TLS 1.3 lets it do after the handshake; ms. */
const REFUSAL_MS = 500;
const HANDSHAKE_MS = 2_000;

/**
 * Tries the handshake with Temporal, for the reason that its client does not give, and answers why it fails, and what to do; null where
 * TLS is not what is wrong.
 */
export async function explainTemporal({
  address,
  connection = {},
}: TemporalSettings): Promise<string | null> {
  const { tls } = connection;
  if (!tls) {
    const answer = await shakeHands(address, { rejectUnauthorized: false });
    return answer === "shaken" ||
      (answer instanceof Error && /ALERT/.test(String(Reflect.get(answer, "code"))))
      ? `TLS: Temporal at ${address} speaks TLS alone, and this node is told of none. Set TEMPORAL_TLS=true, and TEMPORAL_TLS_SERVER_CA_CERT_PATH where its authority is your own`
      : null;
  }
  const { serverRootCACertificate: ca, serverNameOverride, clientCertPair } = tls === true ? {} : tls;
  const failure = await shakeHands(address, {
    ...(ca === undefined ? {} : { ca: Buffer.from(ca) }),
    ...(clientCertPair === undefined
      ? {}
      : { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
    ...(serverNameOverride ? { servername: serverNameOverride } : {}),
  });
  if (failure === "shaken") return null;
  return explainTls(failure, {
    service: "Temporal",
    host: address,
    ca: "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
    client: "TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH",
    otherName:
      "Name Temporal in TEMPORAL_ADDRESS as its certificate does, or say that name in TEMPORAL_TLS_SERVER_NAME.",
    asked: "TEMPORAL_TLS and TEMPORAL_API_KEY",
  });
}

async function shakeHands(
  address: string,
  options: { ca?: Buffer; cert?: Buffer; key?: Buffer; servername?: string; rejectUnauthorized?: false },
): Promise<"shaken" | Error> {
  const { hostname, port } = new URL(`tls://${address}`);
  const host = hostname.replaceAll(/[[\]]/g, "");
  const named = isIP(host) === 0 ? { servername: host } : {};
  const { promise, resolve } = Promise.withResolvers<"shaken" | Error>();
  const socket = connect({ ...named, ...options, host, port: Number(port), ALPNProtocols: ["h2"] });
  const silent = setTimeout(
    () => resolve(Object.assign(new Error("no answer to the handshake"), { code: NO_HANDSHAKE })),
    HANDSHAKE_MS,
  );
  let refusal: NodeJS.Timeout | undefined;
  socket.once("error", resolve);
  socket.once("secureConnect", () => {
    refusal = setTimeout(() => resolve("shaken"), REFUSAL_MS);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(silent);
    clearTimeout(refusal);
    socket.on("error", () => undefined);
    socket.destroy();
  }
}
