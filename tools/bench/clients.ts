import { Agent, request } from "node:http";
import WebSocket from "ws";
import { PROTOCOL, type ServerFrame } from "../../channels/contract.ts";
import type { Operation } from "./measure.ts";
import type { Recipient } from "./people.ts";

/** Recipients with an open socket each, and somebody who sends to them. */
export interface Clients {
  /** Sends to the recipient of this number; done once the recipient's socket has shown it. */
  send(recipient: number): Operation;
  close(): void;
}

const MESSAGE =
  "Potassium 6.8 mmol/L for Jordan Placeholder, MRN 0012345678, on the sample of 06:10. Repeat it now, and call the " +
  "laboratory at 555-0100 before giving the next dose.";

/** Opens the recipients' sockets; each confirms what it is shown. */
export async function openClients(url: string, apiKey: string, recipients: Recipient[]): Promise<Clients> {
  const agent = new Agent({ keepAlive: true });
  const arrived = createArrivals();
  const sockets = await Promise.all(
    recipients.map(({ cookie }) => open(url, cookie, (id) => arrived.note(id))),
  );
  return {
    send: (number) => {
      const to = recipients[number % recipients.length];
      const body = { user_id: to?.userId, territory_id: to?.territoryId, priority: "high", message: MESSAGE };
      const posted = post(url, agent, apiKey, body);
      return {
        accepted: posted.then(({ at }) => at),
        done: posted.then(({ id }) => arrived.of(id)),
      };
    },
    close: () => {
      for (const socket of sockets) socket.terminate();
      agent.destroy();
    },
  };
}

/** When each notification was shown; it may be before its sender has the answer. */
function createArrivals(): { note(id: string): void; of(id: string): Promise<number> } {
  const known = new Map<string, PromiseWithResolvers<number>>();
  const entry = (id: string): PromiseWithResolvers<number> => {
    const found = known.get(id) ?? Promise.withResolvers<number>();
    known.set(id, found);
    return found;
  };
  return { note: (id) => entry(id).resolve(performance.now()), of: (id) => entry(id).promise };
}

async function open(url: string, cookie: string, shown: (id: string) => void): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/realtime`, PROTOCOL, {
    headers: { Cookie: cookie, Origin: url },
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

function post(url: string, agent: Agent, apiKey: string, body: object): Promise<{ id: string; at: number }> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = {
      Authorization: `Bearer ${apiKey}`,
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(text),
    };
    const outgoing = request(
      `${url}/api/notifications/send`,
      { method: "POST", agent, headers },
      (answer) => {
        let received = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => (received += chunk));
        answer.on("end", () => {
          if (answer.statusCode !== 202) return reject(new Error(`a send was answered ${answer.statusCode}`));
          const { notification_id }: { notification_id: string } = JSON.parse(received);
          resolve({ id: notification_id, at: performance.now() });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(text);
  });
}
