import { listUnanswered } from "../api/unanswered.ts";
import { whileVisible } from "../visible.ts";
import { sumOf } from "./words.ts";

/** How often a visible page looks for alerts that wait; ms. */
export const LOOK_EVERY = 10_000;

const COUNTS = new URLSearchParams({ limit: "1" });

/** How many alerts wait for somebody to acknowledge them, among those that the person may see. */
export class Waiting {
  /** Null until the server has said. */
  count = $state.raw<number | null>(null);

  /** Asks the server; what was known stays while it doesn't answer. */
  look = async (): Promise<void> => {
    const answer = await listUnanswered(COUNTS).catch(() => null);
    if (answer) this.count = sumOf(answer.counts);
  };

  /** @returns a function that stops it */
  start(): () => void {
    void this.look();
    return whileVisible(this.look, LOOK_EVERY);
  }
}
