import { Task } from "./Task.svelte.ts";

export interface Page<T> {
  items: T[];
  next: string | null;
}

/** A list that grows page by page. */
export class Paged<T> {
  items = $state.raw<T[]>([]);
  next = $state.raw<string | null>(null);
  readonly loading = new Task();
  readonly #load: (cursor: string) => Promise<Page<T>>;

  constructor(first: Page<T>, load: (cursor: string) => Promise<Page<T>>) {
    this.items = first.items;
    this.next = first.next;
    this.#load = load;
  }

  async more(): Promise<void> {
    const cursor = this.next;
    if (cursor === null) return;
    await this.loading.run(async () => {
      const page = await this.#load(cursor);
      this.items = [...this.items, ...page.items];
      this.next = page.next;
    });
  }
}
