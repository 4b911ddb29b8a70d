import type {
  Broadcast,
  BroadcastAnswer,
  BroadcastProgress,
  CancelAnswer,
  CancelledBroadcast,
  Event,
  NewSubjectToken,
  Resolved,
  Send,
  SendBulkAnswer,
  SendBulkBody,
  Sent,
  SubjectToken,
} from "./api.ts";
import { delay } from "./backoff.ts";
import { type Bounds, call, mayPass, type Site, sleep } from "./call.ts";
import { type EventOptions, events } from "./events.ts";

export interface ServiceOptions extends Bounds {
  /** Tocsin's address, or those of its nodes. */
  url: string | readonly string[];
  /** The service's key, `<prefix>_<id>.<secret>`. */
  key: string;
}

/** Of one call, in place of the client's. */
export interface Once extends Bounds {
  /** Yours alone for this message, e.g. the number of the result: sent again after a restart, it counts once. Drawn at random unless given. */
  idempotencyKey?: string;
}

/** The result of one of many: accepted, or what is wrong with it. */
export type BulkResult = SendBulkAnswer["results"][number];

/** A service's calls. Each is made again until it is answered (`call`); those that take something in, under one key. */
export interface Service {
  /** Sends to a person; done once it is stored. `wait`: so many seconds (30 at most) for its first attempts, which are in `deliveries` then. */
  send(notification: Send, once?: Once & { wait?: number }): Promise<Sent>;
  /** Sends up to 1,000, each by itself; results in their order. Those that there was no room for are offered again. */
  bulk(notifications: SendBulkBody["notifications"], once?: Once): Promise<readonly BulkResult[]>;
  /** Sends to everybody of a territory, or to those with a role or of a topic. */
  broadcast(message: Broadcast, once?: Once): Promise<BroadcastAnswer>;
  /** How far a broadcast has come. */
  progress(broadcastId: string, bounds?: Bounds): Promise<BroadcastProgress>;
  /** Takes a send back. @throws Refused (409) once anybody has acted on it, or was told outside */
  cancel(notificationId: string, bounds?: Bounds): Promise<CancelAnswer>;
  /** Takes a broadcast back, and says whom it had got to. */
  cancelBroadcast(broadcastId: string, bounds?: Bounds): Promise<CancelledBroadcast>;
  /** Says that a problem is over, in one territory or in all of the key. */
  resolve(dedupKey: string, where?: { territory_id?: string }, bounds?: Bounds): Promise<Resolved>;
  /** A token by which pages of one origin show a person's inbox in one territory; an admin has to allow the key to ask for that origin. */
  subjectToken(of: NewSubjectToken, bounds?: Bounds): Promise<SubjectToken>;
  /** What became of the service's sends: `events`. */
  events(options?: EventOptions): AsyncGenerator<Event, void>;
}

/** A client for the service that a key is of. */
export function createService({ url, key, ...always }: ServiceOptions): Service {
  const site: Site = { url, headers: () => ({ Authorization: `Bearer ${key}` }) };
  const post = <T>(path: string, body: unknown, bounds: Bounds = {}, headers: Record<string, string> = {}) =>
    call<T>(site, { method: "POST", path, headers, body }, { ...always, ...bounds });
  const under = ({ idempotencyKey = crypto.randomUUID() }: Once): Record<string, string> => ({
    "Idempotency-Key": idempotencyKey,
  });
  return {
    send: (notification, once = {}) => {
      const { wait, patience = always.patience ?? 10_000 } = once;
      if (wait === undefined) return post("/api/notifications/send", notification, once, under(once));
      const headers = { ...under(once), Prefer: `wait=${wait}` };
      return post(
        "/api/notifications/send",
        notification,
        { ...once, patience: patience + 1_000 * wait },
        headers,
      );
    },
    bulk: async (notifications, once = {}) => {
      const { longest = 120_000, signal } = { ...always, ...once };
      const headers = under(once);
      const end = performance.now() + longest;
      for (let tries = 0; ; tries += 1) {
        const body: SendBulkBody = { notifications };
        const { results } = await post<SendBulkAnswer>("/api/notifications/send-bulk", body, once, headers);
        const pause = 1_000 + delay(tries, Math.random());
        const waits = results.some((result) => "problem" in result && mayPass(result.problem));
        if (!waits || performance.now() + pause > end) return results;
        await sleep(pause, signal);
      }
    },
    broadcast: (message, once = {}) => post("/api/notifications/broadcast", message, once, under(once)),
    progress: (id, bounds) =>
      call(
        site,
        { method: "GET", path: `/api/broadcasts/${encodeURIComponent(id)}` },
        { ...always, ...bounds },
      ),
    cancel: (id, bounds) => post(`/api/notifications/${encodeURIComponent(id)}/cancel`, {}, bounds),
    cancelBroadcast: (id, bounds) => post(`/api/broadcasts/${encodeURIComponent(id)}/cancel`, {}, bounds),
    resolve: (dedupKey, where = {}, bounds) =>
      post(`/api/alerts/${encodeURIComponent(dedupKey)}/resolve`, where, bounds),
    subjectToken: (of, bounds) => post("/api/subject-tokens", of, bounds),
    events: (options) => events(site, options),
  };
}
