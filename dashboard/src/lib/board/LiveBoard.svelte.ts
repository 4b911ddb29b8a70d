import { readBoard } from "../api/board.ts";
import type { Board, BoardPath } from "../api/board.ts";
import { Problem } from "../api/problem.ts";

/** How often the board is asked for; ms. */
const ASK_EVERY = 3_000;
/** A board that was not confirmed for so long is not live: three questions went unanswered; ms. */
const STALE = 10_000;
/** How often it is asked for whole, which sets the clock again; ms. */
const WHOLE_EVERY = 60_000;
const SECOND = 1_000;

/**
 * A board that keeps itself current. It asks the server again and again rather than listen to the live channel: that one tells of the person's own
 * inbox, a board is about everybody's, and a question that is answered says at once that all of it is right. Mostly the answer is "304, as before".
 * Times are the server's: this browser's own clock, which may be wrong, is not read.
 */
export class LiveBoard {
  board = $state.raw<Board | null>(null);
  /** The server's time; ms. It goes on each second. */
  now = $state.raw(0);
  /** When the server last said that this is what waits, by its own clock; null until it did. */
  seenAt = $state.raw<number | null>(null);
  /** Set once the server says that nothing is to be seen here (any more). */
  refused = $state.raw<Problem | null>(null);
  /** The last question went unanswered. */
  unanswered = $state.raw(false);
  readonly isLive = $derived(this.refused === null && this.seenAt !== null && this.now - this.seenAt < STALE);

  readonly #path: BoardPath;
  #etag: string | null = null;
  #wholeAt = 0;
  /** What to add to the time since the page was loaded, to have the server's. */
  #offset = 0;

  constructor(path: BoardPath) {
    this.#path = path;
  }

  /** @returns a function that stops it */
  start(): () => void {
    const stopping = new AbortController();
    const stopped = () => stopping.signal.aborted;
    let timer: ReturnType<typeof setTimeout>;
    const go = async () => {
      await this.#ask();
      if (!stopped() && this.refused === null) timer = setTimeout(() => void go(), ASK_EVERY);
    };
    void go();
    const ticking = setInterval(() => (this.now = this.#offset + performance.now()), SECOND);
    // A screen that slept asks at once.
    document.addEventListener("visibilitychange", () => void this.#ask(), { signal: stopping.signal });
    return () => {
      stopping.abort();
      clearTimeout(timer);
      clearInterval(ticking);
    };
  }

  async #ask(): Promise<void> {
    const whole = performance.now() - this.#wholeAt > WHOLE_EVERY;
    try {
      const read = await readBoard(this.#path, whole ? null : this.#etag);
      if (read !== null) {
        this.#etag = read.etag;
        this.#wholeAt = performance.now();
        this.#offset = Date.parse(read.board.at) - performance.now();
        this.board = read.board;
      }
      this.now = this.#offset + performance.now();
      this.seenAt = this.now;
      this.unanswered = false;
    } catch (error) {
      this.unanswered = true;
      if (error instanceof Problem && (error.status === 401 || error.status === 403)) this.refused = error;
    }
  }
}
