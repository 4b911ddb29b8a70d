import { NativeConnection } from "@temporalio/worker";
import { setTimeout as delay } from "node:timers/promises";
import { isNotFound } from "./grpc.ts";
import type { Logger } from "./log.ts";
import type { TemporalSettings } from "./temporal-settings.ts";
import { explainTemporal } from "./temporal-tls.ts";
import { within } from "./within.ts";

/** The one connection of a node to Temporal: its client and its worker share it, so that starts are eager. */
export interface TemporalLink {
  /** Null until the server has answered once and has the namespace; afterwards the connection mends itself. */
  current(): NativeConnection | null;
  /** Resolves with the connection, however long the server takes to appear. */
  ready: Promise<NativeConnection>;
  close(): Promise<void>;
}

const MIN_WAIT = 250;
const MAX_WAIT = 5_000;
/** How long one try may take, in ms: a server that speaks something else may never answer. */
const PATIENCE = 10_000;

/** Connects in the background, trying again for ever: sends are accepted while Temporal is away. */
export function linkTemporal(settings: TemporalSettings, log: Logger): TemporalLink {
  const { address, namespace, connection: options = {} } = settings;
  const stopping = new AbortController();
  let connection: NativeConnection | null = null;

  const connect = async (): Promise<NativeConnection> => {
    for (let wait = MIN_WAIT; ; wait = Math.min(2 * wait, MAX_WAIT)) {
      stopping.signal.throwIfAborted();
      try {
        const found = await inTime(NativeConnection.connect({ address, ...options }));
        await requireNamespace(found, namespace, address);
        connection = found;
        log.info({ address, tls: Boolean(options.tls) }, "connected to Temporal");
        return connection;
      } catch (err) {
        const why =
          err instanceof NoNamespaceError
            ? err.message
            : ((await explainTemporal(settings)) ?? "Temporal does not answer");
        log.warn({ err, address, retryMs: wait }, `${why}; sends are accepted, and start once that is well`);
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

class NoNamespaceError extends Error {}

/** Closes a connection to a server that lacks the namespace, on which no worker could run. Whatever else is wrong shows in later calls. */
async function requireNamespace(found: NativeConnection, namespace: string, address: string): Promise<void> {
  const asking = found.withDeadline(Date.now() + PATIENCE, () =>
    found.workflowService.describeNamespace({ namespace }),
  );
  const missing = await asking.then(() => false, isNotFound);
  if (!missing) return;
  await found.close();
  throw new NoNamespaceError(
    `Temporal at ${address} has no namespace "${namespace}": make it (temporal operator namespace create -n ${namespace}), or correct TEMPORAL_NAMESPACE`,
  );
}

async function inTime(connecting: Promise<NativeConnection>): Promise<NativeConnection> {
  let late = false;
  connecting.then((connection) => (late ? connection.close() : undefined)).catch(() => undefined);
  return await within(connecting, PATIENCE, () => {
    late = true;
    throw new Error(`no answer within ${PATIENCE / 1_000} s`);
  });
}
