import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { z } from "zod";
import { COMMAND_TIMEOUT_MS, createRedis, explainRedis, type RedisSettings } from "../../config/redis.ts";
import { within } from "../../config/within.ts";
import type { ChannelLog } from "../plugin.ts";
import { type Bridge, type Hint, inPresentTrace } from "./bridge.ts";
import { noMetrics, type LiveMetrics } from "./metrics.ts";
import { createReceipts, progressOf } from "./receipts.ts";
import { together } from "./together.ts";

export interface RedisBridgeOptions extends RedisSettings {
  /** The start of every channel's name; default `tocsin`. */
  prefix?: string;
  log: ChannelLog;
  metrics?: LiveMetrics;
}

const changeSchema = z.object({
  seq: z.int().min(0),
  id: z.string().min(1).max(200),
  from: z.string().max(200).optional(),
  trace: z.string().max(100).optional(),
});
const receiptsSchema = z.array(z.string().min(1).max(200)).max(1_000);

/** Channels subscribed in one command after a reconnect. */
const RESUBSCRIBE_BATCH = 1_000;
/** Receipts hinted in one message. */
const HINT_BATCH = 500;
/** Inboxes that are asked for in one command, where sends ask one by one. */
const COUNT_BATCH = 500;
/** Time from one probe of a connection to the next, in ms: a peer that vanished without a word is found within twice that. */
const HEARTBEAT_MS = 5_000;

interface Subscription {
  listeners: Set<(change: Hint) => void>;
  ready: Promise<void>;
}

/**
 * The bus on Redis pub/sub: one connection publishes, one listens. A person's channel is `<prefix>:inbox:<inbox id>`
 * with `{seq, id, trace, from}`, where `from` is the node that published and told its own listeners itself; receipts and progress go as a list of notification ids to `<prefix>:receipts`, to which every node listens.
 */
export function createRedisBridge({
  prefix = "tocsin",
  log,
  metrics = noMetrics,
  ...server
}: RedisBridgeOptions): Bridge {
  const self = randomUUID();
  const publisher = createRedis(server, `${prefix}-publisher`, { pipelining: true });
  const subscriber = createRedis(server, `${prefix}-subscriber`);
  const receipts = createReceipts();
  const subscriptions = new Map<string, Subscription>();
  const reconnectListeners = new Set<() => void>();
  const channelOf = (inboxId: string): string => `${prefix}:inbox:${inboxId}`;
  const receiptsChannel = `${prefix}:receipts`;
  const publisherReady = Promise.withResolvers<void>();
  const firstStanding = Promise.withResolvers<void>();
  // The first calls wait for both connections, but not for long, so that none is refused and no hint missed.
  const standing = Promise.all([publisherReady.promise, firstStanding.promise]);
  const started = within(standing, COMMAND_TIMEOUT_MS, noop);
  let listening = false;
  let connectedBefore = false;
  let closed = false;

  const explain = (error?: Error): string | null => explainRedis(error, server);
  logOutages(publisher, "publisher", log, explain, () => closed);
  logOutages(subscriber, "subscriber", log, explain, () => closed);
  subscriber.on("close", () => (listening = false));
  publisher.once("ready", publisherReady.resolve);
  subscriber.on("ready", () => void resubscribe());
  subscriber.on("message", receive);
  const heartbeat = setInterval(() => [publisher, subscriber].forEach(tryConnection), HEARTBEAT_MS);

  /** Subscribes everything again after a (re)connect, in batches, then tells the listeners. */
  async function resubscribe(): Promise<void> {
    try {
      const channels = [receiptsChannel, ...subscriptions.keys()];
      for (let from = 0; from < channels.length; from += RESUBSCRIBE_BATCH) {
        const batch = channels.slice(from, from + RESUBSCRIBE_BATCH);
        await subscriber.subscribe(
          ...batch.filter((name) => name === receiptsChannel || subscriptions.has(name)),
        );
      }
    } catch {
      return startOver();
    }
    listening = true;
    if (connectedBefore) receipts.missed();
    if (connectedBefore) log.info({ channels: subscriptions.size }, "redis subscriptions are made again");
    if (connectedBefore || subscriptions.size > 0) for (const listener of [...reconnectListeners]) listener();
    connectedBefore = true;
    firstStanding.resolve();
  }

  /** Reconnects after a failed command, so that every subscription is made again and onReconnect tells of the gap. */
  function startOver(): void {
    if (subscriber.status === "ready") subscriber.disconnect(true);
  }

  function receive(channel: string, payload: string): void {
    const value = parse(payload);
    if (channel === receiptsChannel) {
      const ids = receiptsSchema.safeParse(value);
      if (!ids.success) return metrics.count("bridge_invalid");
      return ids.data.forEach(receipts.arrived);
    }
    const change = changeSchema.safeParse(value);
    if (!change.success) return metrics.count("bridge_invalid");
    const { from, ...hint } = change.data;
    if (from !== self) tell(channel, hint);
  }

  function tell(channel: string, change: Hint): void {
    for (const listener of [...(subscriptions.get(channel)?.listeners ?? [])]) listener(change);
  }

  async function publish(inboxId: string, change: Hint): Promise<number> {
    const hint = inPresentTrace(change);
    // This node's own sockets need no Redis, and hear it once: what comes back is passed over.
    queueMicrotask(() => tell(channelOf(inboxId), hint));
    await started;
    // PUBLISH counts pattern subscribers too: a person who watches the bus must not make everybody look connected.
    const [, nodes] = await Promise.all([
      publisher.publish(channelOf(inboxId), JSON.stringify({ ...hint, from: self })),
      countNodes(inboxId),
    ]);
    return nodes;
  }

  const countNodes = together(nodesOf, COUNT_BATCH);

  async function nodesOf(inboxIds: string[]): Promise<number[]> {
    if (inboxIds.length === 0) return [];
    await started;
    const counts = await publisher.pubsub("NUMSUB", ...inboxIds.map(channelOf));
    return inboxIds.map((_, index) => Number(counts[2 * index + 1]));
  }

  async function online(): Promise<string[]> {
    await started;
    const channels = await publisher.pubsub("CHANNELS", `${channelOf("")}*`);
    return channels.map((channel) => String(channel).slice(channelOf("").length));
  }

  async function subscribe(inboxId: string, onChange: (change: Hint) => void): Promise<() => Promise<void>> {
    const channel = channelOf(inboxId);
    const listener = (change: Hint): void => onChange(change);
    let subscription = subscriptions.get(channel);
    if (subscription === undefined) {
      subscription = { listeners: new Set(), ready: Promise.resolve() };
      subscriptions.set(channel, subscription);
      if (subscriber.status === "ready")
        subscription.ready = subscriber.subscribe(channel).then(noop, startOver);
    }
    subscription.listeners.add(listener);
    await Promise.all([subscription.ready, started]);
    return async () => {
      const { listeners } = subscription;
      if (!listeners.delete(listener) || listeners.size > 0 || subscriptions.get(channel) !== subscription)
        return;
      subscriptions.delete(channel);
      if (subscriber.status === "ready") await subscriber.unsubscribe(channel).then(noop, noop);
    };
  }

  const sendHints = together(async (ids: string[]) => {
    await publisher.publish(receiptsChannel, JSON.stringify(ids));
    return ids;
  }, HINT_BATCH);

  function hint(what: string): void {
    receipts.arrived(what);
    sendHints(what).catch(() => metrics.count("hint_lost"));
  }

  async function echo(): Promise<boolean> {
    const word = randomUUID();
    const heard = receipts.wait(word, COMMAND_TIMEOUT_MS, new AbortController().signal);
    publisher.publish(receiptsChannel, JSON.stringify([word])).catch(heard.cancel);
    return await heard.promise;
  }

  return {
    publish,
    nodesOf,
    online,
    subscribe,
    hint,
    awaitReceipt: receipts.wait,
    hintProgress: (notificationId) => hint(progressOf(notificationId)),
    onProgress: receipts.onProgress,
    onReconnect(listener) {
      reconnectListeners.add(listener);
      return () => reconnectListeners.delete(listener);
    },
    echo,
    state: () => (listening && publisher.status === "ready" ? "up" : "down"),
    async close() {
      closed = true;
      clearInterval(heartbeat);
      receipts.close();
      for (const client of [publisher, subscriber]) client.disconnect();
    },
  };
}

/**
 * Says once that a connection is lost, and once that it is back. Retries stay silent, but for the first that shows the reason: a server
 * that refuses may close the connection before its reason can be read.
 */
function logOutages(
  client: Redis,
  name: string,
  log: ChannelLog,
  explain: (error?: Error) => string | null,
  closed: () => boolean,
): void {
  let away = false;
  let explained = false;
  const lost = (error?: Error): void => {
    const reason = explain(error);
    if (closed() || (away && (explained || reason === null))) return;
    away = true;
    explained = reason !== null;
    log.warn(
      { err: error, client: name },
      `${reason ?? "redis is away"}; live delivery is late until it is back`,
    );
  };
  client.on("error", lost);
  client.on("close", () => lost());
  client.on("ready", () => {
    if (away) log.info({ client: name }, "redis is back");
    away = explained = false;
  });
}

function tryConnection(client: Redis): void {
  if (client.status !== "ready") return;
  client.ping().catch(() => {
    if (client.status === "ready") client.disconnect(true);
  });
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

function noop(): void {}
