import { createServer, type Server } from "node:http";
import { Webhook } from "standardwebhooks";

/** What Tocsin says: ids, codes and times. */
interface Event {
  type: string;
  timestamp: string;
  data: { event_id?: string; notification_id?: string; send_id?: string; user_id?: string | null };
}

/**
 * Takes events. `take` gets each once or more often: it stores the id, and returns without doing anything where it has that id. Only once it
 * has returned is the event answered for, so whatever it fails at comes again.
 */
export function createReceiver(secret: string, take: (id: string, event: Event) => Promise<void>): Server {
  const webhook = new Webhook(secret);
  return createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const headers = request.headers as Record<string, string>;
    try {
      webhook.verify(body, headers);
    } catch {
      response.writeHead(401).end();
      return;
    }
    try {
      await take(headers["webhook-id"] ?? "", JSON.parse(body) as Event);
      response.writeHead(204).end();
    } catch {
      response.writeHead(500).end();
    }
  });
}
