/** Numbers that look random and are the same each time: mulberry32 from a seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[Math.floor(this.next() * values.length)];
    if (value === undefined) throw new RangeError("nothing to pick from");
    return value;
  }

  /** Each `#` becomes a digit (never 0 at the start), each `A` a capital; the character after a `\` is kept. */
  code(pattern: string): string {
    let out = "";
    for (let i = 0; i < pattern.length; i++) {
      const char = pattern.charAt(i);
      if (char === "\\") out += pattern.charAt(++i);
      else if (char === "#") out += this.int(out === "" ? 1 : 0, 9);
      else out += char === "A" ? this.pick([..."ABCDEFGHJKLMNPRSTUVWXYZ"]) : char;
    }
    return out;
  }

  shuffle<T>(values: T[]): T[] {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      const [a, b] = [values[i], values[j]];
      if (a !== undefined && b !== undefined) [values[i], values[j]] = [b, a];
    }
    return values;
  }
}
