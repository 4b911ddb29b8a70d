import { describe } from "../api/problem.ts";

/** A piece of work's result, once it is done. */
export interface Done<T> {
  value: T;
}

/** One piece of work at a time that a person has the server do, and how it went. */
export class Task {
  busy = $state.raw(false);
  /** Why it didn't work, as a sentence. */
  trouble = $state.raw<string | null>(null);
  readonly #explain: (error: unknown) => string;

  /** @param explain turns a failure into that sentence */
  constructor(explain: (error: unknown) => string = describe) {
    this.#explain = explain;
  }

  /** Does the work; null when it failed, or when other work is still under way. */
  async run<T>(work: () => Promise<T>): Promise<Done<T> | null> {
    if (this.busy) return null;
    this.busy = true;
    this.trouble = null;
    try {
      return { value: await work() };
    } catch (error) {
      this.trouble = this.#explain(error);
      return null;
    } finally {
      this.busy = false;
    }
  }

  /** Forgets the last failure. */
  clear(): void {
    this.trouble = null;
  }
}
