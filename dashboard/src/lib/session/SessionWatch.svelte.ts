import { Problem } from "../api/problem.ts";
import { extendSession, getTimedSession } from "../api/session.ts";
import type { Session, TimeLeft } from "../api/session.ts";
import { hearTabs } from "./tabs.ts";
import { nextStep, secondsLeft } from "./watch.ts";
import type { Ends } from "./watch.ts";

const STEP = 1_000;
const INPUTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

/** What a page does about its session. */
export interface SessionOwner {
  /** Nobody is signed in any more. */
  ended: () => void;
  /** Somebody else is. */
  another: () => void;
}

/**
 * Watches the session: extends it while somebody is active, warns before it ends, and tells when it has ended or is somebody else's, which
 * another tab may have brought about.
 */
export class SessionWatch {
  /** Seconds until the session ends, once it is time to warn. */
  left = $state.raw<number | null>(null);
  /** Whether it ends whatever the person does. */
  final = $state.raw(false);
  trouble = $state.raw(false);

  readonly #userId: string;
  readonly #owner: SessionOwner;
  #ends: Ends | null = null;
  #lastInput = Date.now();
  #asking = false;
  /** Whether something happened that the question under way may not know of. */
  #askAgain = false;
  #dismissed = false;

  /** @param left of the session, as the server said when the page was loaded */
  constructor({ user_id }: Pick<Session, "user_id">, left: TimeLeft, owner: SessionOwner) {
    this.#userId = user_id;
    this.#owner = owner;
    this.#take(left);
  }

  /** @returns a function that stops it */
  start(): () => void {
    const seen = () => {
      if (this.left === null) this.#lastInput = Date.now();
    };
    for (const type of INPUTS) addEventListener(type, seen, { passive: true, capture: true });
    const timer = setInterval(() => this.#step(), STEP);
    const stopHearing = hearTabs(() => this.check());
    const look = () => document.visibilityState === "visible" && this.check();
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      stopHearing();
      document.removeEventListener("visibilitychange", look);
      for (const type of INPUTS) removeEventListener(type, seen, { capture: true });
    };
  }

  /** Asks whose session it is now. */
  check(): void {
    this.#askAgain = this.#asking;
    void this.#ask(() => this.#look());
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
    else if (step === "check" && !this.#dismissed) this.check();
    else if (step === "warn") this.left = secondsLeft(this.#ends, now);
    else if (step === "none") this.left = null;
    if (now >= this.#ends.at) this.check();
  }

  #take({ left, leftAtMost, idle }: TimeLeft): void {
    const now = Date.now();
    this.#ends = { at: now + left, atMost: now + leftAtMost, idle };
    this.final = left >= leftAtMost;
    const step = nextStep(this.#ends, now, 0, true);
    this.left = step === "warn" && !this.#dismissed ? secondsLeft(this.#ends, now) : null;
  }

  /** What is left of the person's session; null where there is none of theirs, which is told. */
  async #look(): Promise<TimeLeft | null> {
    const now = await getTimedSession();
    if (now?.session.user_id === this.#userId) return now.left;
    if (now === null) this.#owner.ended();
    else this.#owner.another();
    return null;
  }

  async #ask(question: () => Promise<TimeLeft | null>): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const left = await question();
      if (left !== null) this.#take(left);
      this.trouble = false;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) this.#owner.ended();
      else this.trouble = true;
    } finally {
      this.#asking = false;
      if (this.#askAgain) this.check();
    }
  }
}
