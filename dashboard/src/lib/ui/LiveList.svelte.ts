import type { Page } from "../api/pages.ts";
import { describe } from "../api/problem.ts";
import { Paged } from "./Paged.svelte.ts";
import { renew } from "./renewal.ts";

/** What is read beyond the length of what is shown; more new ones than that are counted as so many. */
const BEYOND = 100;

/** A list that keeps itself current in place: what arrives waits until somebody shows it, and what is gone keeps its place until then. */
export class LiveList<T> extends Paged<T> {
  arrivals = $state.raw<readonly T[]>([]);
  /** Keys of the items that are not found any more. */
  gone = $state.raw<ReadonlySet<string>>(new Set());
  readonly #key: (item: T) => string;
  readonly #read: (query: URLSearchParams) => Promise<Page<T>>;
  readonly #query: URLSearchParams;
  #now: Page<T> | null = null;

  /** @param key tells items apart; the others as Paged has them */
  constructor(
    first: Page<T>,
    query: URLSearchParams,
    list: (query: URLSearchParams) => Promise<Page<T>>,
    key: (item: T) => string,
  ) {
    super(first, query, list);
    [this.#query, this.#read, this.#key] = [query, list, key];
  }

  /** Asks how the list is now. What is there stays when the server doesn't answer, and says so. */
  async look(): Promise<void> {
    const before = this.items;
    try {
      const now = await this.#upTo(before);
      this.outdated = null;
      // A page that is being added goes with the items that it was asked for.
      if (this.loading.busy || this.items !== before) return;
      const { items, arrivals, gone } = renew(before, now.items, this.#key, now.next === null);
      [this.#now, this.items, this.arrivals, this.gone] = [now, items, arrivals, gone];
      // There is nothing that could move.
      if (before.length === 0) this.show();
    } catch (error) {
      this.outdated = describe(error);
    }
  }

  /** Shows the list as it was when it was last asked for. */
  show(): void {
    if (this.#now === null) return;
    [this.items, this.next] = [this.#now.items, this.#now.next];
    [this.#now, this.arrivals, this.gone] = [null, [], new Set()];
  }

  async #upTo(shown: readonly T[]): Promise<Page<T>> {
    const last = shown.at(-1);
    const items: T[] = [];
    let next: string | null = null;
    do {
      const query = new URLSearchParams(this.#query);
      query.set("limit", "100");
      if (next !== null) query.set("cursor", next);
      const page: Page<T> = await this.#read(query);
      items.push(...page.items);
      next = page.next;
      if (last === undefined || page.items.some((item) => this.#key(item) === this.#key(last))) break;
    } while (next !== null && items.length < shown.length + BEYOND);
    return { items, next };
  }
}
