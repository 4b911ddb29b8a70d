import type { Event, EventList } from "./api.ts";
import { delay } from "./backoff.ts";
import { call, type Site, sleep } from "./call.ts";
import { Gap } from "./errors.ts";

export interface EventOptions {
  /** Goes on after the event of this number (`data.seq`); 0, or none: with the oldest that is kept. */
  after?: number;
  /** Ends it. */
  signal?: AbortSignal;
}

/** How long a call waits for an event, s; and for its answer besides, ms. */
const WAIT = 30;
const PATIENCE = WAIT * 1_000 + 10_000;
/** Answers without an event that come sooner are a node's that is about to go; ms. */
const SOON = 1_000;

/**
 * What became of a service's sends, in order, each event once, for as long as somebody reads. It goes on by itself where a node dies; keep
 * the number of the last one that you have dealt with, to go on there after a start.
 * @throws Gap where events after that number are not kept any more; Refused, e.g. because the key has ended
 */
export async function* events(
  site: Site,
  { after = 0, signal }: EventOptions = {},
): AsyncGenerator<Event, void> {
  for (let idle = 0; signal?.aborted !== true;) {
    const began = performance.now();
    const page = await call<EventList>(
      site,
      { method: "GET", path: `/api/events?after=${after}`, headers: { Prefer: `wait=${WAIT}` } },
      { patience: PATIENCE, longest: Infinity, ...(signal === undefined ? {} : { signal }) },
    ).catch((error: unknown) => {
      if (signal?.aborted === true) return null;
      throw error;
    });
    if (page === null) return;
    if (page.gap && after > 0) throw new Gap(after);
    yield* page.events;
    after = page.next;
    idle = page.events.length === 0 && performance.now() - began < SOON ? idle + 1 : 0;
    if (idle > 0) await sleep(delay(idle, Math.random()), signal).catch(() => undefined);
  }
}
