import type { Page } from "../api/pages.ts";
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
