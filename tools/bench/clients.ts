import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import { z } from "zod";
import { must } from "../../config/must.ts";
import { PROTOCOL, type ServerFrame } from "../../channels/contract.ts";
import type { Operation } from "./measure.ts";
import type { Recipient } from "./people.ts";

/** Recipients with an open socket each, and somebody who sends to them. */
export interface Clients {
  /**
   * Sends to the recipient of this number, with `more` in the body; done once the recipient's socket has shown the
   * notification.
   */
  send(recipient: number, more?: object): Operation;
  /**
   * Offers a send: taken in, or to be offered again after so many seconds. `done` is when its recipient's socket has shown
   * it; it never comes for one that was not taken in.
   */
  offer(recipient: number, more?: object): Promise<{ again: number | null; done: Promise<number> }>;
  /** Hands in so many sends, in bulks, and does not wait for their delivery. */
  queue(count: number, more?: object): Promise<void>;
  /** Hands in a broadcast to a territory; answers its id. */
  broadcast(territoryId: string): Promise<string>;
  /** When each of the recipients has been shown a notification from now on. Nothing else may be on its way. */
  tellsEverybody(): Promise<number>;
  close(): void;
}

const MESSAGE =
  "Potassium 6.8 mmol/L for Jordan Placeholder, MRN 0012345678, on the sample of 06:10. Repeat it now, and call the " +
  "laboratory at 555-0100 before giving the next dose.";

/** Notifications that one call hands in. */
const BULK = 1_000;
/** The wait of a caller that was refused and measures how much can be taken in; ms. */
const PAUSE = 20;

/** Opens the recipients' sockets, spread over the nodes; each confirms every notification that it gets. Calls go to each node in turn. */
export async function openClients(urls: string[], apiKey: string, recipients: Recipient[]): Promise<Clients> {
  let calls = 0;
  const nodeOf = (number: number): string => must(urls[number % urls.length], "node");
  const agent = new Agent({ keepAlive: true });
  const arrived = createArrivals();
  let toTell = new Set<number>();
  let everybody = Promise.withResolvers<number>();
  const sockets = await Promise.all(
    recipients.map(({ cookie }, number) =>
      openSocket(nodeOf(number), cookie, (id) => {
        arrived.note(id);
        if (toTell.delete(number) && toTell.size === 0) everybody.resolve(performance.now());
      }),
    ),
  );
  const bodyFor = (number: number, more: object): object => {
    const to = recipients[number % recipients.length];
    return {
      user_id: to?.userId,
      territory_id: to?.territoryId,
      priority: "high",
      message: MESSAGE,
      ...more,
    };
  };
  /** Hands something in; while the node is offered too much, again and again. */
  const take = async (path: string, body: object): Promise<string> => {
    for (;;) {
      const { again, text } = await call(nodeOf(calls++), agent, apiKey, path, body);
      if (again === null) return text;
      await delay(PAUSE);
    }
  };
  return {
    queue: async (count, more = {}) => {
      for (let done = 0; done < count; done += BULK) {
        const notifications = Array.from({ length: Math.min(BULK, count - done) }, (_, n) =>
          bodyFor(n, more),
        );
        await take("send-bulk", { notifications });
      }
    },
    broadcast: async (territory_id) => {
      const text = await take("broadcast", { territory_id, message: MESSAGE, channels: ["websocket"] });
      return Broadcast.parse(JSON.parse(text)).broadcast_id;
    },
    tellsEverybody: () => {
      toTell = new Set(recipients.keys());
      everybody = Promise.withResolvers();
      return everybody.promise;
    },
    offer: async (number, more = {}) => {
      const { again, text } = await call(nodeOf(calls++), agent, apiKey, "send", bodyFor(number, more));
      return { again, done: again === null ? arrived.of(sent(text).id) : new Promise(() => {}) };
    },
    send: (number, more = {}) => {
      const posted = take("send", bodyFor(number, more)).then(sent);
      const done = posted.then(({ id }) => arrived.of(id));
      // A caller that waits for `accepted` alone hears of a failure there.
      done.catch(() => undefined);
      return { accepted: posted.then(({ at }) => at), done };
    },
    close: () => {
      for (const socket of sockets) socket.terminate();
      agent.destroy();
    },
  };
}

/** When each notification was shown; it may be before its sender has the answer. */
export function createArrivals(): { note(id: string): void; of(id: string): Promise<number> } {
  const known = new Map<string, PromiseWithResolvers<number>>();
  const entry = (id: string): PromiseWithResolvers<number> => {
    const found = known.get(id) ?? Promise.withResolvers<number>();
    known.set(id, found);
    return found;
  };
  return { note: (id) => entry(id).resolve(performance.now()), of: (id) => entry(id).promise };
}

/** A person's socket, which confirms what it gets; resolves once it is live. */
export async function openSocket(
  url: string,
  cookie: string,
  shown: (id: string) => void,
): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/realtime`, PROTOCOL, {
    headers: { Cookie: cookie, Origin: url },
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.on("message", (data: Buffer) => {
      const frame: ServerFrame = JSON.parse(data.toString());
      if (frame.type === "hello") resolve();
      if (frame.type !== "notification") return;
      shown(frame.notification.notification_id);
      socket.send(JSON.stringify({ type: "received", seq: frame.seq }));
    });
  });
  return socket;
}

const Broadcast = z.object({ broadcast_id: z.string() });
const Sent = z.object({ notification_id: z.string() });
const sent = (answer: string): { id: string; at: number } => ({
  id: Sent.parse(JSON.parse(answer)).notification_id,
  at: performance.now(),
});

/** An answer: taken in, or to be tried again after so many seconds. */
interface Answer {
  again: number | null;
  text: string;
}

function call(url: string, agent: Agent, apiKey: string, path: string, body: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = {
      Authorization: `Bearer ${apiKey}`,
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(text),
    };
    const target = `${url}/api/notifications/${path}`;
    const outgoing = request(target, { method: "POST", agent, headers }, (answer) => {
      let received = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (received += chunk));
      answer.on("end", () => {
        if (answer.statusCode === 202) resolve({ again: null, text: received });
        else if (answer.statusCode === 503)
          resolve({ again: Number(answer.headers["retry-after"]), text: received });
        else reject(new Error(`${path} was answered ${answer.statusCode}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(text);
  });
}
