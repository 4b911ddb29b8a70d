import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { must } from "../../config/must.ts";
import { until } from "../../testing/until.ts";
import { listen } from "../http/server.ts";
import { boundConnections } from "./connections.ts";

const lines: object[] = [];
const log = { warn: (line: object): number => lines.push(line) };

async function join(server: Server, many: number): Promise<{ port: number; sockets: Socket[] }> {
  const port = await listen(server, 0, "127.0.0.1");
  onTestFinished(() => void server.close());
  const sockets = await Promise.all(
    Array.from({ length: many }, async () => {
      const socket = connect(port, "127.0.0.1");
      onTestFinished(() => void socket.destroy());
      socket.on("error", () => undefined).resume();
      await once(socket, "connect");
      return socket;
    }),
  );
  return { port, sockets };
}
const open = (sockets: Socket[]): Socket[] => sockets.filter((socket) => !socket.closed);

it("ends the connections of a network beyond its bound, says so once, and takes others once some have ended", async () => {
  const server = createServer();
  boundConnections(server, [], log, 2);
  const { port, sockets } = await join(server, 5);
  await until("three have ended", () => open(sockets).length === 2);
  expect(lines).toEqual([{ network: "127.0.0.1", most: 2 }]);
  must(open(sockets)[0], "socket").destroy();
  const count = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_fault, now) => resolve(now)));
  await until("one has ended", async () => (await count()) === 1);
  const next = connect(port, "127.0.0.1");
  onTestFinished(() => void next.destroy());
  await until("it stays", async () => (await count()) === 2);
});

it("counts no connection of a named proxy, behind which everybody comes", async () => {
  const server = createServer();
  boundConnections(server, ["127.0.0.0/8"], log, 2);
  let come = 0;
  server.on("connection", () => (come += 1));
  const { sockets } = await join(server, 5);
  await until("all have come", () => come === 5);
  expect(open(sockets)).toHaveLength(5);
});
