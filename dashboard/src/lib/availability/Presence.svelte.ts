import { serverTime } from "../server-time.ts";
import { getAvailability } from "../api/availability.ts";
import type { OwnAvailability } from "../api/availability.ts";
import { whileVisible } from "../visible.ts";

/** How often a visible page asks whether the person is there, and whom they cover; ms. */
const LOOK_EVERY = 60_000;
/** The longest that a browser's timer waits; ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Whether the person is there. */
export class Presence {
  /** Null until the server has said. */
  own = $state.raw<OwnAvailability | null>(null);
  #ending: ReturnType<typeof setTimeout> | undefined;

  set(own: OwnAvailability): void {
    this.own = own;
    clearTimeout(this.#ending);
    if (own.until === null) return;
    // It ends by itself, by the server's clock: a moment later the server says so.
    const left = Date.parse(own.until) - serverTime() + 1_000;
    this.#ending = setTimeout(() => void this.look(), Math.min(Math.max(left, 1_000), LONGEST_TIMER));
  }

  /** Asks the server; what was known stays while it doesn't answer. */
  look = async (): Promise<void> => {
    const own = await getAvailability().catch(() => null);
    if (own) this.set(own);
  };

  /** @returns a function that stops it */
  start(): () => void {
    void this.look();
    const stop = whileVisible(this.look, LOOK_EVERY);
    return () => {
      clearTimeout(this.#ending);
      stop();
    };
  }
}
