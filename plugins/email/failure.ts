/** How far the dialogue had got: from `message` on, the server may have taken the message. */
export type Stage = "connect" | "auth" | "envelope" | "message" | "done";

/** A step of the SMTP dialogue failed. Keeps codes only, never the server's text. */
export class Failure extends Error {
  readonly stage: Stage;
  readonly aborted: boolean;
  /** The server's three-digit reply, where it gave one. */
  readonly reply: number | undefined;
  /** RFC 3463 enhanced status (`5.1.1`), where it gave one. */
  readonly status: string | undefined;
  readonly command: string | undefined;
  /** True where the host is inside, and the operator has not listed it in CHANNEL_PRIVATE_HOSTS. */
  readonly inside: boolean;
  /**
   * `untrusted`: the certificate is not accepted, or the server offers no encryption that is. `broken`: the handshake
   * was cut.
   */
  readonly tls: "untrusted" | "broken" | undefined;

  constructor(stage: Stage, cause?: unknown, aborted = false) {
    super(`SMTP dialogue failed at ${stage}`);
    this.stage = stage;
    this.aborted = aborted;
    const { code, originalCode, responseCode, response, command } = fields(cause);
    this.reply = typeof responseCode === "number" ? responseCode : undefined;
    this.status =
      typeof response === "string" ? /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] : undefined;
    this.command = typeof command === "string" ? command : undefined;
    this.inside = code === "private_address";
    const untrusted = [code, originalCode].some((found) => typeof found === "string" && TLS_CODE.test(found));
    this.tls = untrusted ? "untrusted" : code === "ETLS" ? "broken" : undefined;
  }
}

/** Codes of Node's and OpenSSL's errors about certificates and handshakes. */
const TLS_CODE = /CERT|^ERR_(TLS|SSL)|^UNABLE_TO_|^HOSTNAME_MISMATCH$/;

function fields(cause: unknown): Partial<Record<string, unknown>> {
  return typeof cause === "object" && cause !== null
    ? {
        code: Reflect.get(cause, "code"),
        originalCode: Reflect.get(cause, "originalCode"),
        responseCode: Reflect.get(cause, "responseCode"),
        response: Reflect.get(cause, "response"),
        command: Reflect.get(cause, "command"),
      }
    : {};
}
