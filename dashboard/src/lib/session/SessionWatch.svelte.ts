import { Problem } from "../api/problem.ts";
import { extendSession, getTimeLeft } from "../api/session.ts";
import type { TimeLeft } from "../api/session.ts";
import { nextStep, secondsLeft } from "./watch.ts";
import type { Ends } from "./watch.ts";

const STEP = 1_000;
const INPUTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

/** Watches the session's time: extends it while somebody is active, warns before it ends, and tells when it has ended. */
export class SessionWatch {
  /** Seconds until the session ends, once it is time to warn. */
  left = $state.raw<number | null>(null);
  /** Whether it ends whatever the person does. */
  final = $state.raw(false);
  trouble = $state.raw(false);

  readonly #onEnd: () => void;
  #ends: Ends | null = null;
  #lastInput = Date.now();
  #asking = false;
  #dismissed = false;

  /** @param left of the session, as the server said when the page was loaded */
  constructor(left: TimeLeft, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#take(left);
  }

  /** @returns a function that stops it */
  start(): () => void {
    const seen = () => {
      if (this.left === null) this.#lastInput = Date.now();
    };
    for (const type of INPUTS) addEventListener(type, seen, { passive: true, capture: true });
    const timer = setInterval(() => this.#step(), STEP);
    return () => {
      clearInterval(timer);
      for (const type of INPUTS) removeEventListener(type, seen, { capture: true });
    };
  }

  /** Extends the session. */
  async extend(): Promise<void> {
    await this.#ask(extendSession);
  }

  /** Puts the warning away, for a session that can't be extended. */
  dismiss(): void {
    this.#dismissed = true;
    this.left = null;
  }

  #step(): void {
    if (!this.#ends) return;
    const now = Date.now();
    const step = nextStep(this.#ends, now, this.#lastInput, this.left !== null);
    if (step === "extend") void this.#ask(extendSession);
    else if (step === "check" && !this.#dismissed) void this.#ask(getTimeLeft);
    else if (step === "warn") this.left = secondsLeft(this.#ends, now);
    else if (step === "none") this.left = null;
    if (now >= this.#ends.at) void this.#ask(getTimeLeft);
  }

  #take({ left, leftAtMost, idle }: TimeLeft): void {
    const now = Date.now();
    this.#ends = { at: now + left, atMost: now + leftAtMost, idle };
    this.final = left >= leftAtMost;
    const step = nextStep(this.#ends, now, 0, true);
    this.left = step === "warn" && !this.#dismissed ? secondsLeft(this.#ends, now) : null;
  }

  async #ask(question: () => Promise<TimeLeft>): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      this.#take(await question());
      this.trouble = false;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) this.#onEnd();
      else this.trouble = true;
    } finally {
      this.#asking = false;
    }
  }
}
