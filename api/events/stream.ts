import { presentEvent } from "../../store/webhooks/events.ts";
import type { FeedPage } from "../../store/webhooks/feed.ts";

/** A stream says something at least so often, so that proxies keep it open; ms. */
const BEAT = 15_000;
/** How long one goes on; its client comes back with `Last-Event-ID`. ms. */
const LONGEST = 15 * 60_000;
/** How soon a client comes back; ms. */
const RETRY = 3_000;

export interface StreamDeps {
  /** Events after a number, once there are some, or after a while; null where the stream is to end. */
  next(after: number): Promise<FeedPage | null>;
  signal: AbortSignal;
}

/** Events as server-sent events (HTML, §9.2), `id` being their number; `gap` where some before are missing. */
export async function* toStream(after: number, { next, signal }: StreamDeps): AsyncGenerator<string> {
  const end = performance.now() + LONGEST;
  let said = performance.now();
  yield `retry: ${RETRY}\n\n`;
  while (!signal.aborted && performance.now() < end) {
    const page = await next(after);
    if (page === null) return;
    const parts = page.gap ? [`event: gap\ndata: {}\n\n`] : [];
    for (const row of page.events)
      parts.push(`id: ${row.seq}\nevent: ${row.type}\ndata: ${JSON.stringify(presentEvent(row))}\n\n`);
    after = page.next;
    // What a comment would say, and where a client goes on that reaches no territory of the events before.
    if (parts.length === 0 && performance.now() - said > BEAT) parts.push(`id: ${after}\n:\n\n`);
    if (parts.length === 0) continue;
    said = performance.now();
    yield parts.join("");
  }
}
