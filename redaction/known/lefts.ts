/** Parts that end at a place, each with the place where it begins; remembered only as far back as `reach` characters. */
export class Lefts<T> {
  readonly #ring: { at: number; ending: { from: number; part: T }[] }[] = [];
  readonly #reach: number;

  constructor(reach: number) {
    this.#reach = reach;
  }

  /** To be called with `at` never falling, and for one `at` with `from` rising. */
  add(at: number, from: number, part: T): void {
    const slot = at % (this.#reach + 1);
    const here = this.#ring[slot];
    if (here?.at === at) here.ending.push({ from, part });
    else this.#ring[slot] = { at, ending: [{ from, part }] };
  }

  /** Where the longest of these begins that ends at `at`. */
  find(at: number, wanted: ReadonlySet<T>): number | undefined {
    const here = this.#ring[at % (this.#reach + 1)];
    return here?.at === at ? here.ending.find(({ part }) => wanted.has(part))?.from : undefined;
  }
}
