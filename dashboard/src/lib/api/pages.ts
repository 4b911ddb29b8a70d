import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

/** A page of a list. */
export interface Page<T> {
  items: T[];
  /** Cursor of the next page; null on the last. */
  next: string | null;
}

/** The answer of a list, which names its items as the path does: `{territories: […], next}`. */
type ListAnswer<T, Name extends string> = Record<Name, T[]> & { next: string | null };

/** Most that a list hands out at a time. */
const LARGEST_PAGE = "100";

export interface ListOptions {
  fetch?: Fetch | undefined;
  signal?: AbortSignal | undefined;
}

/** One page of the list at `path`, whose items its answer has under `name`. */
export async function getPage<T, Name extends string>(
  path: string,
  name: Name,
  query: URLSearchParams,
  options: ListOptions = {},
): Promise<Page<T>> {
  const { [name]: items, next } = await request<ListAnswer<T, Name>>(path, { query, ...options });
  return { items, next };
}

/** The pages of a list, one after the other. */
export async function* everyPage<T>(
  list: (query: URLSearchParams) => Promise<Page<T>>,
  filters: Record<string, string> = {},
): AsyncGenerator<T[]> {
  const query = new URLSearchParams({ ...filters, limit: LARGEST_PAGE });
  let next: string | null = null;
  do {
    if (next !== null) query.set("cursor", next);
    const page: Page<T> = await list(query);
    yield page.items;
    next = page.next;
  } while (next !== null);
}

/** All items of a list. */
export async function everything<T>(list: (query: URLSearchParams) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of everyPage(list)) items.push(...page);
  return items;
}
