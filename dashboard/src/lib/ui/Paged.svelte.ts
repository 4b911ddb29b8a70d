import type { Page } from "../api/pages.ts";
import { describe } from "../api/problem.ts";
import { Task } from "./Task.svelte.ts";

/** A list that grows page by page. */
export class Paged<T> {
  items = $state.raw<readonly T[]>([]);
  next = $state.raw<string | null>(null);
  /** Why the last refresh didn't work, as a sentence. */
  outdated = $state.raw<string | null>(null);
  readonly loading = new Task();
  readonly #query: URLSearchParams;
  readonly #list: (query: URLSearchParams) => Promise<Page<T>>;

  /**
   * @param first the page that is there already
   * @param query the filters that it came by
   * @param list asks for a page
   */
  constructor(first: Page<T>, query: URLSearchParams, list: (query: URLSearchParams) => Promise<Page<T>>) {
    this.items = first.items;
    this.next = first.next;
    this.#query = query;
    this.#list = list;
  }

  /** Adds the next page, if there is one. */
  async more(): Promise<void> {
    const cursor = this.next;
    if (cursor === null) return;
    const page = await this.loading.run(() => this.#list(this.#from(cursor)));
    if (page === null) return;
    this.items = [...this.items, ...page.value.items];
    this.next = page.value.next;
  }

  /** Asks anew for as many items as are there, at least a page of them. What is there stays when the server doesn't answer. */
  async refresh(): Promise<void> {
    const before = this.items;
    try {
      let page = await this.#list(new URLSearchParams(this.#query));
      const items = [...page.items];
      while (items.length < before.length && page.next !== null) {
        page = await this.#list(this.#from(page.next));
        items.push(...page.items);
      }
      this.outdated = null;
      // A page that is being added goes with the items that it was asked for.
      if (this.loading.busy || this.items !== before) return;
      this.items = items;
      this.next = page.next;
    } catch (error) {
      this.outdated = describe(error);
    }
  }

  #from(cursor: string): URLSearchParams {
    const query = new URLSearchParams(this.#query);
    query.set("cursor", cursor);
    return query;
  }

  /** How many there are, in words: "3 people", "50 and more people". */
  count(name: string): string {
    return `${this.items.length}${this.next === null ? "" : " and more"} ${name}`;
  }
}
