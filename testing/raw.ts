import { once } from "node:events";
import { connect } from "node:net";

/**
 * Writes bytes to a server as they are, and answers the status of its first answer, once the server has answered or
 * ended the connection. `drip` is written after them, a byte every 100 ms.
 */
export async function rawStatus(url: string, text: string, drip = ""): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  let answer = "";
  let sent = 0;
  socket.on("data", (data) => (answer += data.toString("latin1")));
  socket.on("error", () => undefined);
  socket.write(text, "latin1");
  const timer = setInterval(() => {
    if (sent < drip.length) socket.write(drip.charAt(sent++), "latin1");
  }, 100);
  const ended = once(socket, "close");
  const answered = new Promise<void>((resolve) => {
    socket.on("data", () => {
      if (answer.includes("\r\n\r\n")) resolve();
    });
  });
  await Promise.race([ended, answered]);
  clearInterval(timer);
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}
