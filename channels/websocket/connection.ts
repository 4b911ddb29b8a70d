import { randomUUID } from "node:crypto";
import type { RawData, WebSocket } from "ws";
import { asPartOfSpan } from "../../config/trace.ts";
import type { ClientFrame } from "../contract.ts";
import type { ChannelLog } from "../plugin.ts";
import { createActs } from "./acts.ts";
import { persistently } from "./backoff.ts";
import type { Bridge } from "./bridge.ts";
import { createBudget, FRAME_COST } from "./budget.ts";
import { keepAlive } from "./heartbeat.ts";
import type { Limits } from "./limits.ts";
import type { LiveMetrics } from "./metrics.ts";
import type { SocketOwner, InboxStore, RealtimeAuth, Stretch } from "./ports.ts";
import { CLOSE_CODES, parseFrame } from "./protocol.ts";
import { createPump, type Pump } from "./pump.ts";
import { createPushSpans, type PushSpans } from "./push-spans.ts";
import { createReception, type Reception } from "./reception.ts";
import { createStopwatch, type Stopwatch } from "./stopwatch.ts";
import { createWriter } from "./writer.ts";

export interface ConnectionDeps {
  bridge: Bridge;
  inbox: InboxStore;
  auth: RealtimeAuth;
  log: ChannelLog;
  limits: Limits;
  metrics: LiveMetrics;
  /** Takes note of a failure of the store or of the sign-in. */
  storeFailed(error: unknown): void;
  /** Whether there is room for another socket of this person. The socket that asks has a place among the anonymous ones. */
  admits(connection: Connection, owner: SocketOwner): boolean;
  /** Called once the socket's person is known. */
  onSignedIn(connection: Connection, revocationsSeen: number): void;
  /** Counts revocations, so that one that falls between a lookup and its result is noticed. */
  revocations(): number;
}

/** One client's socket. */
export interface Connection {
  identity(): SocketOwner | null;
  /** Reads the changes that may have been missed. */
  catchUp(): void;
  /** Takes the socket out of service at once and says why; a client that does not answer is cut off after 2 s. */
  close(code: number, reason: string): void;
  terminate(): void;
}

/** How long a peer has to answer the closing handshake, in ms; enough to read the frames sent before it. */
const CLOSE_GRACE_MS = 2_000;
/** Frames that may wait for the sign-in to end. */
const MAX_EARLY_FRAMES = 32;

/** The codes that are counted apart: ours, and those of the protocol. What else a client makes up is one. */
const KNOWN_CODES = new Set<number>([1000, 1001, 1005, 1006, ...Object.values(CLOSE_CODES)]);

interface Live {
  pump: Pump;
  reception: Reception;
  stopwatch: Stopwatch;
  spans: PushSpans;
  act(frame: Extract<ClientFrame, { type: "acknowledge" | "dismiss" }>): void;
}

/**
 * @param identity the person and session of the cookie; null where the client is to send a ticket
 * @param page the origin of a page of another system, where one opens it
 */
export function openConnection(
  socket: WebSocket,
  identity: SocketOwner | null,
  page: string | null,
  deps: ConnectionDeps,
): Connection {
  const { bridge, inbox, auth, limits, metrics, log, storeFailed } = deps;
  const gone = new AbortController();
  const { signal } = gone;
  const writer = createWriter(socket, limits, metrics, tooSlow, signal);
  const spend = createBudget(limits.frameBurst, limits.framesPerSecond, () => performance.now());
  let who = identity;
  let live: Live | null = null;
  const early: ClientFrame[] = [];
  let signingIn = false;
  let pauseTimer: NodeJS.Timeout | undefined;
  let endTimer: NodeJS.Timeout | undefined;
  const authTimer = setTimeout(() => {
    if (who === null) close(CLOSE_CODES.unauthenticated, "no ticket came in time");
  }, limits.authMs);

  const connection: Connection = {
    identity: () => who,
    catchUp: () => live?.pump.poke(),
    close,
    terminate: () => socket.terminate(),
  };

  socket.on("error", (error: Error) => log.debug({ err: error }, "socket error"));
  socket.on("close", (code) => {
    metrics.count("closed", KNOWN_CODES.has(code) ? code : "other");
    leave();
  });
  socket.on("message", onMessage);
  keepAlive(socket, limits, metrics, signal, check);
  if (who !== null) enter(who).catch(cannotEnter);

  function leave(): void {
    clearTimeout(authTimer);
    clearTimeout(pauseTimer);
    clearTimeout(endTimer);
    gone.abort();
  }

  function close(code: number, reason: string): void {
    if (signal.aborted) return;
    leave();
    socket.close(code, reason);
    socket.resume();
    const cutOff = setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
    socket.once("close", () => clearTimeout(cutOff));
  }

  function tooSlow(): void {
    metrics.count("too_slow");
    close(CLOSE_CODES.tooSlow, "too slow");
  }

  function refuse(code: string, detail: string): void {
    metrics.count("frames_refused", code);
    writer.send({ type: "error", code, detail });
  }

  function onMessage(data: RawData, binary: boolean): void {
    if (signal.aborted) return;
    if (binary) return close(CLOSE_CODES.unsupportedData, "send JSON text");
    const parsed = parseFrame(data);
    metrics.count("frames_received", parsed.ok ? parsed.frame.type : "unreadable");
    const verdict = spend(FRAME_COST[parsed.ok ? parsed.frame.type : "unreadable"]);
    if (verdict.kind === "over") return close(CLOSE_CODES.policyViolation, "too many frames");
    if (verdict.kind === "wait") pause(verdict.ms);
    if (!parsed.ok) return refuse("bad_frame", parsed.detail);
    handle(parsed.frame);
  }

  /** Reads nothing more from the client for a while. */
  function pause(ms: number): void {
    clearTimeout(pauseTimer);
    socket.pause();
    pauseTimer = setTimeout(() => socket.resume(), ms);
  }

  function handle(frame: ClientFrame): void {
    if (frame.type === "auth") {
      if (who !== null || signingIn) return refuse("already_signed_in", "this socket has signed in");
      return void signIn(frame.ticket);
    }
    if (live === null) {
      if (who === null && !signingIn) return refuse("not_signed_in", "send the auth frame first");
      if (early.length >= MAX_EARLY_FRAMES) return refuse("too_early", "wait for the hello frame");
      return void early.push(frame);
    }
    switch (frame.type) {
      case "resume":
        metrics.count("resumes");
        return live.pump.resume(frame.after);
      case "received":
        return received(live, frame.seq, frame.visible === true);
      case "acknowledge":
      case "dismiss":
        return live.act(frame);
    }
  }

  function received({ stopwatch, spans, reception, pump }: Live, seq: number, visible: boolean): void {
    stopwatch.confirmed(seq);
    asPartOfSpan(spans.confirmed(seq), () => reception.upTo(Math.min(seq, pump.told()), visible));
  }

  async function signIn(ticket: string): Promise<void> {
    signingIn = true;
    const revocationsSeen = deps.revocations();
    try {
      const found = await auth.ticket(ticket, page);
      if (signal.aborted) return;
      if (found === null) return close(CLOSE_CODES.unauthenticated, "the ticket is not valid");
      if (!deps.admits(connection, found)) return close(CLOSE_CODES.tooSlow, "too many sockets");
      who = found;
      if (found.subject !== undefined) endAt(found.subject.expiresAt);
      deps.onSignedIn(connection, revocationsSeen);
      await enter(found);
    } catch (error) {
      cannotEnter(error);
    }
  }

  /** No statement ends a subject token when its time is over, so that nobody would hear of it. */
  function endAt(time: Date): void {
    endTimer = setTimeout(
      () => close(CLOSE_CODES.unauthenticated, "the token has ended"),
      Math.max(0, time.getTime() - Date.now()),
    );
  }

  function cannotEnter(error: unknown): void {
    storeFailed(error);
    close(CLOSE_CODES.restart, "can't sign in now");
  }

  /** Listens first, then reads the position, then goes live, so that no change falls in between. */
  async function enter(person: SocketOwner): Promise<void> {
    const spans = createPushSpans(randomUUID(), signal);
    let hinted = 0;
    let pump: Pump | null = null;
    const unsubscribe = await bridge.subscribe(person.inboxId, ({ seq, trace }) => {
      spans.hinted(seq, trace);
      hinted = Math.max(hinted, seq);
      pump?.poke(seq);
    });
    if (signal.aborted) return void unsubscribe();
    signal.addEventListener("abort", () => void unsubscribe(), { once: true });
    const begun = await persistently(() => inbox.begin(person), storeFailed, signal);
    if (begun === undefined) return;
    const { position: start, seenTo, counts } = begun;
    const record = async (device: Stretch, seen: Stretch): Promise<void> => {
      for (const id of await inbox.received(person, device, seen)) bridge.hint(id);
    };
    const reception = createReception(seenTo, record, storeFailed, signal);
    const stopwatch = createStopwatch(metrics.receipt);
    pump = createPump({
      start,
      pageSize: limits.pageSize,
      read: (after, limit) => inbox.changesAfter(person, after, limit),
      latest: () => inbox.position(person),
      send: (frame) => {
        if (frame.type === "notification") {
          stopwatch.sent(frame.seq);
          spans.sent(frame.seq);
        }
        writer.send(frame);
      },
      writable: writer.writable,
      onFailure: storeFailed,
      onRewind: reception.rewind,
      signal,
    });
    live = { pump, reception, stopwatch, spans, act: createActs(inbox, person, refuse, storeFailed, signal) };
    writer.send({ type: "hello", user_id: person.userId, seq: start, counts });
    pump.poke(hinted);
    for (const frame of early.splice(0)) handle(frame);
  }

  /** Checks whether the session still stands, and whether a change went by unnoticed. */
  async function check(pings: number): Promise<void> {
    if (who === null || live === null) return;
    if (pings % limits.checkEveryPings !== 0 && bridge.state() !== "down") return;
    try {
      const standing = await auth.alive(who);
      if (standing !== "ok") return close(CLOSE_CODES[standing], "the session has ended");
      if (await live.pump.check()) metrics.count("changes_missed");
    } catch (error) {
      storeFailed(error);
    }
  }

  return connection;
}
