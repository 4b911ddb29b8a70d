import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketServer } from "ws";
import { within } from "../../config/within.ts";
import { CLOSE } from "../contract.ts";
import type { ChannelLog } from "../plugin.ts";
import type { Bridge } from "./bridge.ts";
import { createFailureLog } from "./failures.ts";
import { openConnection, type Connection, type ConnectionDeps } from "./connection.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { noMetrics, type LiveMetrics } from "./metrics.ts";
import type { SocketOwner, InboxStore, RealtimeAuth, Revoked } from "./ports.ts";
import { enforceRevocations } from "./revocation.ts";
import { createRoom, type Place } from "./room.ts";
import { shareReads } from "./shared-reads.ts";
import { chooseProtocol, pathOf, refuseUpgrade, speaksOtherProtocol, type Refusal } from "./upgrade.ts";

export type { InboxStore, RealtimeAuth, Revoked } from "./ports.ts";

export interface GatewayDeps {
  bridge: Bridge;
  inbox: InboxStore;
  auth: RealtimeAuth;
  log: ChannelLog;
  /** The network of a request's client, by which its sockets are counted. */
  network(request: IncomingMessage): string;
  /** Whether the request's Origin is this installation's own. */
  origin(request: IncomingMessage): boolean;
  /** Whether pages of another origin may sign in, by a ticket of a subject token for that origin; none unless given. */
  embeds?(origin: string): Promise<boolean>;
  limits?: Partial<Limits>;
  metrics?: LiveMetrics;
}

/** Holds the live sockets of this node. */
export interface Gateway {
  /** Answers WebSocket upgrades on a path, by default /api/realtime. */
  attach(server: Server, path?: string): void;
  /** Refuses new sockets (503) and closes the open ones (1012), paced; resolves when all are closed. */
  drain(): Promise<void>;
  sockets(): number;
  /** Closes the sockets of a session or a person. @returns how many */
  kick(who: Revoked, code: number): number;
}

/** Steps in which a catch-up or a drain goes over the sockets. */
const STEPS = 40;
/** Pause between two steps, in ms: the whole takes about two seconds, however many sockets there are. */
const STEP_MS = 50;
/** How long a drain waits for the last sockets before it cuts them off, in ms. */
const DRAIN_GRACE_MS = 3_000;
/** How long the lookup of a session may take before the client is told to come back, in ms. */
const SIGN_IN_MS = 5_000;

export function createGateway(deps: GatewayDeps): Gateway {
  const { bridge, auth, log } = deps;
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const metrics = deps.metrics ?? noMetrics;
  const connections = new Set<Connection>();
  const draining = new AbortController();
  const room = createRoom(limits);
  const places = new WeakMap<Connection, Place>();
  const storeFailed = createFailureLog(log, metrics);
  const revocations = enforceRevocations(auth, connections, log);
  const connectionDeps: ConnectionDeps = {
    ...deps,
    inbox: shareReads(deps.inbox),
    limits,
    metrics,
    storeFailed,
    revocations: revocations.count,
    admits(connection, owner) {
      const why = places.get(connection)?.signIn(owner) ?? null;
      if (why !== null) metrics.count("upgrades_refused", why);
      return why === null;
    },
    onSignedIn(connection, seen) {
      revocations.verifyIfMissed(connection, seen);
    },
  };
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.maxFrameBytes,
    maxFragments: limits.maxFragments,
    maxBufferedChunks: limits.maxChunks,
    handleProtocols: chooseProtocol,
  });
  const stopListening = bridge.onReconnect(() => void catchUp());

  /** Reads from PostgreSQL the changes that were published while the bus was away, for a part of the sockets at a time. */
  async function catchUp(): Promise<void> {
    await paced([...connections], draining.signal, (connection) => connection.catchUp());
  }

  async function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const network = deps.network(request);
    const seen = revocations.count();
    let identity: SocketOwner | null = null;
    let page: string | null = null;
    try {
      page = await embedding(request);
      // A browser may send this site's cookie along from a page of another origin, which is good for nothing there.
      const cookie = page === null && request.headers.cookie !== undefined;
      const refusal = screen(request, page) ?? (cookie ? null : noRoom(network, null));
      if (refusal !== null) return refuse(socket, refusal);
      const found = cookie ? await within(auth.cookie(request), SIGN_IN_MS, timedOut) : null;
      if (found === "too_many") return refuse(socket, tooMany("full_session"));
      identity = found;
    } catch (error) {
      storeFailed(error);
      return refuse(socket, {
        status: 503,
        code: "unavailable",
        detail: "Signing in is not possible now; connect again.",
      });
    }
    if (identity !== null && !deps.origin(request)) return refuse(socket, WRONG_ORIGIN);
    const late = screen(request, page) ?? noRoom(network, identity);
    if (late !== null) return refuse(socket, late);
    server.handleUpgrade(request, socket, head, (client) => {
      metrics.count("upgrades");
      const connection = openConnection(client, identity, page, connectionDeps);
      const place = room.enter(network, identity, () => connection.close(CLOSE.tooSlow, "others wait"));
      places.set(connection, place);
      connections.add(connection);
      client.once("close", () => {
        connections.delete(connection);
        place.leave();
      });
      if (identity !== null) connectionDeps.onSignedIn(connection, seen);
    });
  }

  /** The origin of a page of another system that may sign in by a subject token; null for everybody else. */
  async function embedding(request: IncomingMessage): Promise<string | null> {
    const { origin } = request.headers;
    if (origin === undefined || deps.embeds === undefined || deps.origin(request)) return null;
    return (await within(deps.embeds(origin), SIGN_IN_MS, timedOut)) ? origin : null;
  }

  /** The refusal of an upgrade for reasons that take no lookup; null where there is none. A page of another site that may not sign in is always refused. */
  function screen(request: IncomingMessage, page: string | null): Refusal | null {
    if (draining.signal.aborted)
      return { status: 503, code: "draining", detail: "This node is shutting down; connect again." };
    if (page === null && request.headers.origin !== undefined && !deps.origin(request)) return WRONG_ORIGIN;
    if (speaksOtherProtocol(request)) {
      return { status: 400, code: "protocol", detail: "Offer the WebSocket protocol tocsin.v1." };
    }
    return null;
  }

  /** The refusal where no place is left for another socket of this network and person. */
  function noRoom(network: string, owner: SocketOwner | null): Refusal | null {
    const code = room.full(network, owner);
    if (code === null) return null;
    if (code === "full_person" || code === "full_session") return tooMany(code);
    return { status: 503, code, detail: "This node has no room for another socket; connect again." };
  }

  function refuse(socket: Duplex, refusal: Refusal): void {
    metrics.count("upgrades_refused", refusal.code);
    refuseUpgrade(socket, refusal);
  }

  return {
    attach(http, path = "/api/realtime") {
      http.on("upgrade", (request, socket, head) => {
        socket.on("error", () => {});
        const asked = pathOf(request);
        if (asked === path) {
          onUpgrade(request, socket, head).catch((error: unknown) => {
            log.error({ err: error }, "an upgrade failed");
            socket.destroy();
          });
        } else if (http.listenerCount("upgrade") === 1) {
          refuse(socket, { status: 404, code: "not-found", detail: "The live channel is not at this path." });
        }
      });
    },
    async drain() {
      draining.abort();
      stopListening();
      await paced([...connections], null, (connection) => connection.close(CLOSE.restart, "restarting"));
      const deadline = performance.now() + DRAIN_GRACE_MS;
      while (connections.size > 0 && performance.now() < deadline) await sleep(STEP_MS);
      for (const connection of connections) connection.terminate();
      revocations.stop();
    },
    sockets: () => connections.size,
    kick(who, code) {
      const theirs = revocations.of(who);
      for (const connection of theirs) connection.close(code, "signed out");
      return theirs.length;
    },
  };
}

function timedOut(): never {
  throw new Error("timed out");
}

const tooMany = (code: string): Refusal => ({
  status: 429,
  code,
  detail: "There are too many sockets of this person; close some.",
});

const WRONG_ORIGIN: Refusal = {
  status: 403,
  code: "wrong-origin",
  detail: "Pages of other sites may open no socket, and a session cookie needs this installation's Origin.",
};

/** Calls `act` for each connection, in equal steps with a pause between; stops when the signal aborts. */
async function paced(
  connections: Connection[],
  signal: AbortSignal | null,
  act: (connection: Connection) => void,
): Promise<void> {
  const size = Math.max(25, Math.ceil(connections.length / STEPS));
  for (let from = 0; from < connections.length && signal?.aborted !== true; from += size) {
    connections.slice(from, from + size).forEach(act);
    if (from + size < connections.length) await sleep(STEP_MS);
  }
}
