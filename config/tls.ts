/** What this program checks a server by, and what it shows of itself: the text of PEM files. */
export interface TlsMaterial {
  /** Certificates of the authorities that are trusted; none: those of Node. */
  ca?: string;
  cert?: string;
  key?: string;
  /** The name that the server's certificate must have, where it is not the host's. */
  servername?: string;
}

/** A service that is spoken to over TLS, and what decides how, in words for the operator. */
export interface TlsPeer {
  service: string;
  /** host:port */
  host: string;
  /** The setting that names the authority's certificate. */
  ca: string;
  /** The settings that name this node's certificate and its key. */
  client: string;
  /** What to do about a certificate for another name. */
  otherName: string;
  /** The setting that asks for TLS. */
  asked: string;
}

type Reason = "untrusted" | "name" | "time" | "client" | "plain" | "silent";

/** The code of an error that says that nobody answered a handshake. */
export const NO_HANDSHAKE = "NO_HANDSHAKE";

/** Codes of Node (https://nodejs.org/api/tls.html#x509-certificate-error-codes), OpenSSL's alerts, and words of drivers. */
const REASONS: [Reason, RegExp][] = [
  [
    "untrusted",
    /UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY|SELF_SIGNED_CERT|CERT_SIGNATURE_FAILURE|INVALID_CA/,
  ],
  ["name", /ERR_TLS_CERT_ALTNAME_INVALID/],
  ["time", /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/],
  ["client", /ALERT_(CERTIFICATE_|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)|valid client certificate/],
  ["plain", /ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|does not support SSL/],
  ["silent", /NO_HANDSHAKE|before secure TLS connection/],
];

/** Why TLS with a service failed, and what to do; null where `error` says nothing of TLS. */
export function explainTls(error: unknown, peer: TlsPeer): string | null {
  if (!(error instanceof Error)) return null;
  const signs = `${"code" in error ? String(error.code) : ""} ${error.message}`;
  const reason = REASONS.find(([, pattern]) => pattern.test(signs))?.[0];
  if (reason === undefined) return null;
  const { service, host, ca, client, otherName, asked } = peer;
  const texts: Record<Reason, string> = {
    untrusted: `the certificate of ${service} at ${host} is signed by an authority that this node does not trust. Put the authority's certificate (PEM) into a file, and name it in ${ca}.`,
    name: `the certificate of ${service} at ${host} is for another name. ${otherName}`,
    time: `the certificate of ${service} at ${host} is out of its time. Renew it, and see that both clocks are right.`,
    client: `${service} at ${host} wants a certificate of this node, signed by an authority that it trusts. Name it, and its key, in ${client}.`,
    plain: `${service} at ${host} does not speak TLS, and this node never goes on without. Switch TLS on there, or correct ${asked}.`,
    silent: `${service} at ${host} does not answer the handshake. See that it can be reached, and that it speaks TLS there: this node never goes on without (${asked}).`,
  };
  return `TLS: ${texts[reason]} (${error.message.trim().split("\n")[0]})`;
}
