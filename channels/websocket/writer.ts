import { setTimeout as sleep } from "node:timers/promises";
import type { WebSocket } from "ws";
import type { ServerFrame } from "../contract.ts";
import type { Limits } from "./limits.ts";
import type { LiveMetrics } from "./metrics.ts";
import { serializeFrame } from "./protocol.ts";

/** Sends frames over one socket and holds its unsent bytes within bounds. */
export interface Writer {
  send(frame: ServerFrame): void;
  /** Resolves once the unsent bytes are below the high-water mark, or the socket is closed. */
  writable(): Promise<void>;
}

/** How often a full socket is looked at, in ms; short, since a fast reader empties it at once. */
const POLL_MS = 20;

/** @param tooSlow closes the socket: its reader does not keep up */
export function createWriter(
  socket: WebSocket,
  limits: Pick<Limits, "highWaterBytes" | "maxBufferedBytes" | "stallMs" | "slowMs">,
  metrics: LiveMetrics,
  tooSlow: () => void,
  signal: AbortSignal,
): Writer {
  return {
    send(frame) {
      if (signal.aborted || socket.readyState !== socket.OPEN) return;
      socket.send(serializeFrame(frame), ignore);
      metrics.count("frames_sent", frame.type);
      if (socket.bufferedAmount > limits.maxBufferedBytes) tooSlow();
    },
    async writable() {
      const start = performance.now();
      let least = socket.bufferedAmount;
      let progressAt = start;
      while (!signal.aborted && socket.bufferedAmount > limits.highWaterBytes) {
        await sleep(POLL_MS, undefined, { signal }).catch(ignore);
        const now = performance.now();
        if (socket.bufferedAmount < least) [least, progressAt] = [socket.bufferedAmount, now];
        if (now - progressAt > limits.stallMs || now - start > limits.slowMs) return tooSlow();
      }
    },
  };
}

/** A failed write ends in the socket's own `close` event. */
function ignore(): void {}
