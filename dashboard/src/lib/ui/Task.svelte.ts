import { describe, Problem } from "../api/problem.ts";
import type { Fault } from "../api/problem.ts";

/** One thing that a person has the server do at a time, and how it went. */
export class Task {
  busy = $state.raw(false);
  /** Why it didn't work, as a sentence. */
  trouble = $state.raw<string | null>(null);
  faults = $state.raw<readonly Fault[]>([]);

  /** Does the work unless it is under way already; true when it was done. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.clear();
    try {
      await work();
      return true;
    } catch (error) {
      this.trouble = describe(error);
      this.faults = error instanceof Problem ? error.faults : [];
      return false;
    } finally {
      this.busy = false;
    }
  }

  clear(): void {
    this.trouble = null;
    this.faults = [];
  }
}
