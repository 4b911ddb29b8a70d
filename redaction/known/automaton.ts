/**
 * Aho and Corasick's automaton (CACM 18(6), 1975): all places where any of many words stands, in time linear in the
 * text, the words and the places.
 */
export class Automaton<T> {
  /** From a node (high half) by a UTF-16 unit (low half) to a node. */
  readonly #edges = new Map<number, number>();
  readonly #values: T[][] = [[]];
  readonly #lengths: number[] = [0];
  /** The longest proper suffix of a node that is a node, and the longest of those at which a word ends. */
  readonly #suffix: number[] = [0];
  readonly #shorter: number[] = [0];

  constructor(words: Iterable<readonly [word: string, value: T]>) {
    for (const [word, value] of words) this.#insert(word, value);
    this.#link();
  }

  /**
   * Calls `hit` with the values of each word at the place where it ends, the longest word first; `true` leaves out the
   * shorter words that end there. No word goes on where `breaks` holds the character's own index.
   */
  find(
    text: string,
    breaks: readonly number[],
    hit: (start: number, end: number, values: readonly T[]) => boolean,
  ): void {
    if (this.#values.length === 1) return;
    let node = 0;
    for (let i = 0; i < text.length; i++) {
      node = this.#next(breaks[i] === i ? 0 : node, text.charCodeAt(i));
      let end = this.#ends(node) ? node : this.#at(this.#shorter, node);
      while (end > 0 && !hit(i + 1 - this.#at(this.#lengths, end), i + 1, this.#values[end] ?? []))
        end = this.#at(this.#shorter, end);
    }
  }

  #insert(word: string, value: T): void {
    let node = 0;
    for (let i = 0; i < word.length; i++) {
      const edge = node * 65_536 + word.charCodeAt(i);
      let next = this.#edges.get(edge);
      if (next === undefined) {
        next = this.#values.length;
        this.#edges.set(edge, next);
        this.#values.push([]);
        this.#lengths.push(i + 1);
      }
      node = next;
    }
    if (node > 0) this.#values[node]?.push(value);
  }

  /** Edges lead to nodes one deeper, so those of lesser depth are linked before. */
  #link(): void {
    const edges = [...this.#edges].sort(
      ([, a], [, b]) => this.#at(this.#lengths, a) - this.#at(this.#lengths, b),
    );
    for (const [edge, node] of edges) {
      const parent = Math.floor(edge / 65_536);
      const suffix = parent === 0 ? 0 : this.#next(this.#at(this.#suffix, parent), edge % 65_536);
      this.#suffix[node] = suffix;
      this.#shorter[node] = this.#ends(suffix) ? suffix : this.#at(this.#shorter, suffix);
    }
  }

  #next(from: number, unit: number): number {
    for (let node = from; ; node = this.#at(this.#suffix, node)) {
      const next = this.#edges.get(node * 65_536 + unit);
      if (next !== undefined) return next;
      if (node === 0) return 0;
    }
  }

  #ends(node: number): boolean {
    return (this.#values[node]?.length ?? 0) > 0;
  }

  #at(list: readonly number[], node: number): number {
    return list[node] ?? 0;
  }
}
