import type { WebSocket } from "ws";
import type { Limits } from "./limits.ts";
import type { LiveMetrics } from "./metrics.ts";

/**
 * Pings a peer until the signal aborts, and cuts off one that has not answered by the next ping. The first ping comes
 * at a random point of the interval, the later ones come within 10 % of the interval, so that sockets opened together spread out.
 * @param onPing called with the number of the ping, for checks that are due every so many pings
 */
export function keepAlive(
  socket: WebSocket,
  { pingMs }: Pick<Limits, "pingMs">,
  metrics: LiveMetrics,
  signal: AbortSignal,
  onPing: (pings: number) => Promise<void>,
): void {
  let pings = 0;
  let sentAt: number | null = null;

  function beat(): void {
    if (sentAt !== null) return socket.terminate();
    sentAt = performance.now();
    socket.ping();
    void onPing(++pings);
    timer = setTimeout(beat, pingMs * (0.9 + Math.random() / 5));
  }

  socket.on("pong", () => {
    if (sentAt !== null) metrics.ping(performance.now() - sentAt);
    sentAt = null;
  });
  let timer = setTimeout(beat, pingMs * Math.random());
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
