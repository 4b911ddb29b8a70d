import type { Socket } from "node:net";
import { Readable } from "node:stream";
import type { ChannelTools } from "tocsin/channel";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { domainOf } from "./address.ts";
import { portOf, type EmailConfig } from "./config.ts";
import { Failure, type Stage } from "./failure.ts";

/** The server may be silent this long before an answer, in ms: scanners take their time after the message. */
const SILENCE_MS = 50_000;
const HANDSHAKE_MS = 15_000;
/** How long a server may take to answer QUIT, in ms. */
const GOODBYE_MS = 2_000;

export interface Session {
  /** Resolves once the server has taken the message. */
  send(envelope: { from: string; to: string }, message: Buffer): Promise<void>;
  /** Says goodbye, without waiting for the answer. */
  quit(): void;
}

/**
 * Opens a session that is encrypted and signed in as the configuration says.
 * @param signal aborts any step; the connection is then destroyed
 * @throws Failure that says how far it got and what the server answered
 */
export async function openSession(
  config: EmailConfig,
  connect: ChannelTools["connect"],
  signal: AbortSignal,
): Promise<Session> {
  const socket = await dial(config, connect, signal);
  const connection = new SMTPConnection({
    connection: socket,
    host: config.host,
    port: portOf(config),
    secure: config.tls === "implicit",
    requireTLS: config.tls === "starttls",
    ignoreTLS: config.tls === "none",
    tls: { minVersion: "TLSv1.2", ...(config.ca === undefined ? {} : { ca: config.ca }) },
    ...(config.servername === undefined ? {} : { servername: config.servername }),
    name: domainOf(config.from),
    connectionTimeout: HANDSHAKE_MS,
    greetingTimeout: HANDSHAKE_MS,
    socketTimeout: SILENCE_MS,
  });

  let stage: Stage = "connect";
  const { promise: broken, reject } = Promise.withResolvers<never>();
  broken.catch(() => undefined);
  connection.on("error", (error: unknown) => reject(new Failure(stage, error)));
  // On a 421 the connection ends just before the answer is handed over; the answer says more.
  connection.on("end", () => queueMicrotask(() => reject(new Failure(stage))));
  const onAbort = (): void => {
    reject(new Failure(stage, undefined, true));
    socket.destroy();
    connection.close();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  connection.on("end", () => signal.removeEventListener("abort", onAbort));

  /** One step of the dialogue: ends with the server's answer, or with the connection. */
  const step = (run: (done: (error?: unknown) => void) => void): Promise<void> => {
    const answered = new Promise<void>((resolve, refuse) => {
      run((error) => (error ? refuse(new Failure(stage, error)) : resolve()));
    });
    return Promise.race([answered, broken]);
  };

  try {
    if (signal.aborted) onAbort();
    await step((done) => connection.connect(done));
    const { user, password: pass } = config;
    if (user !== undefined && pass !== undefined) {
      stage = "auth";
      await step((done) => connection.login({ user, pass }, done));
    }
  } catch (error) {
    connection.close();
    throw error;
  }
  return {
    async send(envelope, message) {
      stage = "envelope";
      const body = watched(message, () => (stage = "message"));
      try {
        await step((done) => connection.send({ ...envelope, size: message.length }, body, done));
      } catch (error) {
        connection.close();
        throw error;
      }
      stage = "done";
    },
    quit() {
      const timer = setTimeout(() => connection.close(), GOODBYE_MS);
      connection.once("end", () => clearTimeout(timer));
      connection.quit();
    },
  };
}

async function dial(
  config: EmailConfig,
  connect: ChannelTools["connect"],
  signal: AbortSignal,
): Promise<Socket> {
  try {
    return await connect({ host: config.host, port: portOf(config), signal });
  } catch (error) {
    throw new Failure("connect", error, signal.aborted);
  }
}

/** The message as a stream that tells when it is first read: the server has said 354 and the bytes are on their way. */
function watched(message: Buffer, onRead: () => void): Readable {
  return new Readable({
    read() {
      onRead();
      this.push(message);
      this.push(null);
    },
  });
}
