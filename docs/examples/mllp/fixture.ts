import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";

/** How the next message is treated: answered with an MSA-1 (in two parts, as networks may), for another message, cut off, or not at all. */
export type Behaviour = "AA" | "AR" | "AE" | "other" | "cut" | "hang";

export interface Engine {
  port: number;
  /** The messages that came, without their frames. */
  messages: string[];
  behaviour: Behaviour;
  /** Resolves once a connection was ended from the other side. */
  left: Promise<unknown>;
  close(): Promise<void>;
}

/** An interface engine on a port of 127.0.0.1 that takes HL7 over MLLP. It quotes what it was sent, as engines do. */
export async function startEngine(): Promise<Engine> {
  const { promise: left, resolve } = Promise.withResolvers<unknown>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let heard = "";
    socket.setEncoding("utf8");
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(sockets.delete(socket)));
    socket.on("data", (part: string) => {
      heard += part;
      if (!heard.endsWith("\x1c\r")) return;
      const message = heard.slice(1, -2);
      heard = "";
      engine.messages.push(message);
      answer(engine.behaviour, message, socket);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const engine: Engine = {
    port: (server.address() as AddressInfo).port,
    messages: [],
    behaviour: "AA",
    left,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
  return engine;
}

function answer(behaviour: Behaviour, message: string, socket: Socket): void {
  if (behaviour === "hang") return;
  if (behaviour === "cut") return void socket.destroy();
  const id = behaviour === "other" ? "somebody-else" : message.split("|")[9];
  const code = behaviour === "other" ? "AA" : behaviour;
  socket.write(`\x0bMSH|^~\\&|ALARMS||TOCSIN||||ACK^R40|1|P|2.8\rMSA|${code}|`);
  socket.write(`${id}|${message.replaceAll("\r", " ")}\x1c\r`);
}
