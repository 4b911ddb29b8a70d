import { createServer, type IncomingMessage } from "node:http";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { listen } from "../../api/http/server.ts";

const Page = z.object({
  notificationId: z.string(),
  deliveryId: z.string(),
  userId: z.string(),
  address: z.string(),
  text: z.string(),
  attempt: z.number(),
  idempotencyKey: z.string(),
  /** What is over, where the page tells so. */
  ends: z.object({ how: z.string(), deliveryId: z.string(), providerId: z.string().nullable() }).optional(),
});
export type Page = z.infer<typeof Page>;

/** The provider behind the pager channel, which keeps every page that it gets and answers as it is told. */
export interface PagerServer {
  /** The pages, in order of arrival. */
  pages: Page[];
  /** Environment that turns the channel on in a node. */
  env: Record<string, string>;
  /** Decides an attempt's answer; "hang" gives none. 200 unless set. */
  answer: (page: Page) => number | "hang";
  close(): Promise<void>;
}

/** Starts the provider on a free port of this machine. */
export async function startPager(): Promise<PagerServer> {
  const pages: Page[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    void text(request).then((body) => {
      const page = Page.parse(JSON.parse(body));
      pages.push(page);
      const status = pager.answer(page);
      if (status !== "hang") response.writeHead(status).end();
    });
  });
  const port = await listen(server, 0, "127.0.0.1");
  const pager: PagerServer = {
    pages,
    env: {
      CHANNEL_PLUGINS: fileURLToPath(new URL("channel.ts", import.meta.url)),
      CHANNEL_PAGER: JSON.stringify({ url: `http://127.0.0.1:${port}/` }),
      CHANNEL_PRIVATE_HOSTS: "127.0.0.1",
    },
    answer: () => 200,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return pager;
}
