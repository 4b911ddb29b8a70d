/**
 * Follows one inbox's change log: the `seq` up to which everything has been merged, and the changes that have come
 * beyond it. A change beyond the next one means that something was lost on the way.
 */
export class Position {
  #at: number;
  readonly #ahead = new Set<number>();

  constructor(at: number) {
    this.#at = at;
  }

  /** The highest `seq` below which nothing is missing. */
  get at(): number {
    return this.#at;
  }

  /** Whether a change between the position and the newest arrival is missing. */
  get gap(): boolean {
    return this.#ahead.size > 0;
  }

  /** Takes note of one merged change, in whatever order it came. */
  note(seq: number): void {
    if (seq <= this.#at) return;
    this.#ahead.add(seq);
    this.#absorb();
  }

  /** Everything up to `seq` is here: gaps below it are superseded changes, hence final. */
  settle(seq: number): void {
    this.#at = Math.max(this.#at, seq);
    for (const ahead of this.#ahead) if (ahead <= this.#at) this.#ahead.delete(ahead);
    this.#absorb();
  }

  #absorb(): void {
    while (this.#ahead.delete(this.#at + 1)) this.#at += 1;
  }
}
