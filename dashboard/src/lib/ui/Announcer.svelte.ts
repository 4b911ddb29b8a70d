import type { Announcements } from "../inbox/announce.ts";

/** Text of the two live regions. A zero-width space alternates, so that the same words are said again. */
export class Announcer {
  assertive = $state.raw("");
  polite = $state.raw("");
  #odd = false;

  say({ assertive = "", polite = "" }: Partial<Announcements>): void {
    this.#odd = !this.#odd;
    const mark = this.#odd ? "\u200b" : "";
    if (assertive) this.assertive = assertive + mark;
    if (polite) this.polite = polite + mark;
  }
}
