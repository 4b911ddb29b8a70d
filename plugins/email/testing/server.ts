import { once } from "node:events";
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from "smtp-server";
import { selfSigned } from "./certificate.ts";

export const USER = "tocsin";
export const PASSWORD = "a made-up password";

/** A mail that the server took: the envelope, and the message as it came. */
interface Mail {
  from: string;
  to: string[];
  raw: string;
  secure: boolean;
  user: string | undefined;
}

/** Where in the dialogue a test interferes. `refuse` throws to answer with its `responseCode`. */
export interface Script {
  connect?: (session: SMTPServerSession) => Promise<void> | void;
  mail?: () => Promise<void> | void;
  recipient?: () => Promise<void> | void;
  /** Runs when the whole message has come, before it is answered. */
  data?: (raw: string) => Promise<void> | void;
}

export interface MailServer {
  port: number;
  cert: string;
  mails: Mail[];
  script: Script;
  /** Cuts every connection. */
  drop(): void;
  close(): Promise<void>;
}

/** An error with which smtp-server answers. `text` may begin with an enhanced status. */
export function reply(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

type Done = (error?: Error | null) => void;

/** A real SMTP server on a free port of 127.0.0.1, with a certificate of its own. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const certificate = selfSigned();
  const mails: Mail[] = [];
  const server: MailServer = { port: 0, cert: certificate.cert, mails, script: {}, drop, close };
  const run = (hook: (() => Promise<void> | void) | undefined, done: Done): void => {
    Promise.resolve()
      .then(() => hook?.())
      .then(
        () => done(),
        (error: unknown) => done(error instanceof Error ? error : new Error("refused")),
      );
  };
  const smtp = new SMTPServer({
    ...certificate,
    closeTimeout: 1,
    authOptional: true,
    onAuth: ({ username, password }, _session, done) =>
      username === USER && password === PASSWORD
        ? done(null, { user: username })
        : done(reply(535, "5.7.8 made-up refusal")),
    onConnect: (session, done) => run(() => server.script.connect?.(session), done),
    onMailFrom: (_address, _session, done) => run(server.script.mail, done),
    onRcptTo: (_address, _session, done) => run(server.script.recipient, done),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () =>
        run(async () => {
          const raw = Buffer.concat(chunks).toString();
          await server.script.data?.(raw);
          const { mailFrom, rcptTo } = session.envelope;
          mails.push({
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw,
            secure: session.secure,
            user: typeof session.user === "string" ? session.user : undefined,
          });
        }, done),
      );
    },
    ...options,
  });
  smtp.on("error", () => undefined);
  const listener = smtp.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("The server listens on no port.");
  server.port = address.port;
  return server;

  function drop(): void {
    for (const connection of smtp.connections) connection._socket.destroy();
  }
  function close(): Promise<void> {
    drop();
    return new Promise((resolve) => smtp.close(() => resolve()));
  }
}
