/** A page of a list. */
export interface Page<T> {
  items: T[];
  /** Cursor of the next page; null on the last. */
  next: string | null;
}

/** The page in an answer, which names its items: `{territories: […], next}`. */
export const pageOf = <T, Name extends string>(
  answer: Record<Name, T[]> & { next: string | null },
  name: Name,
): Page<T> => ({ items: answer[name], next: answer.next });

/** Most items that a list hands out at a time. */
const LARGEST_PAGE = "100";

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
