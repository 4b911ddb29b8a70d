import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:tls";
import { selfSigned } from "../../../../plugins/email/testing/certificate.ts";

/** A syslog receiver over TLS that reads messages behind their lengths (RFC 5425). */
export interface Receiver extends AsyncDisposable {
  port: number;
  /** The certificate that it has to be known by. */
  ca: string;
  /** Whole messages, in the order in which they came. */
  messages: string[];
  /** How many bytes of a connection it reads until it breaks it; none where it is well. */
  breakAfter: number | null;
}

export async function startReceiver(): Promise<Receiver> {
  const { key, cert } = selfSigned();
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ key, cert }, (socket) => {
    let buffer = Buffer.alloc(0);
    let read = 0;
    socket.on("error", () => undefined);
    socket.on("data", (data: Buffer) => {
      read += data.length;
      if (receiver.breakAfter !== null && read >= receiver.breakAfter) return breakAll();
      buffer = Buffer.concat([buffer, data]);
      for (;;) {
        const space = buffer.indexOf(" ");
        const length = Number(buffer.subarray(0, space).toString("latin1"));
        if (space < 1 || buffer.length < space + 1 + length) return;
        messages.push(buffer.subarray(space + 1, space + 1 + length).toString("utf8"));
        buffer = buffer.subarray(space + 1 + length);
      }
    });
  }).listen(0, "127.0.0.1");
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const breakAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  await once(server, "listening");
  const receiver: Receiver = {
    port: (server.address() as AddressInfo).port,
    ca: cert,
    messages,
    breakAfter: null,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
