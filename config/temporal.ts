import { NativeConnection } from "@temporalio/worker";
import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "./env.ts";
import type { Logger } from "./log.ts";

/** The one connection of a node to Temporal: its client and its worker share it, so that starts are eager. */
export interface TemporalLink {
  /** Null until the server has answered once; afterwards the connection mends itself. */
  current(): NativeConnection | null;
  /** Resolves with the connection, however long the server takes to appear. */
  ready: Promise<NativeConnection>;
  close(): Promise<void>;
}

const MIN_WAIT = 250;
const MAX_WAIT = 5_000;

/** Connects in the background, trying again for ever: sends are accepted while Temporal is away. */
export function linkTemporal({ address }: Config["temporal"], log: Logger): TemporalLink {
  const stopping = new AbortController();
  let connection: NativeConnection | null = null;

  const connect = async (): Promise<NativeConnection> => {
    for (let wait = MIN_WAIT; ; wait = Math.min(2 * wait, MAX_WAIT)) {
      stopping.signal.throwIfAborted();
      try {
        connection = await NativeConnection.connect({ address });
        log.info({ address }, "connected to Temporal");
        return connection;
      } catch (err) {
        log.warn(
          { err, address, retryMs: wait },
          "Temporal does not answer; sends are accepted and start once it does",
        );
      }
      await delay(wait, undefined, { signal: stopping.signal });
    }
  };

  const ready = connect();
  ready.catch(() => undefined);
  return {
    current: () => connection,
    ready,
    close: async () => {
      stopping.abort();
      await ready.catch(() => undefined);
      await connection?.close();
    },
  };
}
