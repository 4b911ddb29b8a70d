import { Problem, readProblem } from "./api/problem.ts";
import { withConfirmation } from "./session/again.ts";
import type { Fetch } from "./api/request.ts";

/** How a download is cut: rows of a page, and most pages. */
export interface Paging {
  rows: number;
  pages: number;
}

/** 10,000 rows, in pages of the size that lists have. */
const LIST: Paging = { rows: 100, pages: 100 };

export interface Csv {
  text: string;
  /** False when there were more rows than one download takes. */
  complete: boolean;
}

/** Fetches all of a list that matches as one CSV text, page after page. `paging` is null for what has no pages. */
export async function fetchCsv(
  path: string,
  filters: URLSearchParams,
  paging: Paging | null = LIST,
  fetch: Fetch = globalThis.fetch,
): Promise<Csv> {
  let text = "";
  let cursor: string | null = null;
  for (let page = 0; page < (paging?.pages ?? 1); page += 1) {
    const query = new URLSearchParams(filters);
    if (paging) query.set("limit", String(paging.rows));
    if (cursor) query.set("cursor", cursor);
    const response: Response = await withConfirmation(() => fetchPage(`/api${path}?${query}`, fetch));
    const lines = await response.text();
    text += page === 0 ? lines : lines.slice(lines.indexOf("\n") + 1);
    cursor = nextCursor(response.headers.get("link"));
    if (cursor === null) return { text, complete: true };
  }
  return { text, complete: false };
}

async function fetchPage(url: string, fetch: Fetch): Promise<Response> {
  const headers = { accept: "text/csv" };
  const response = await fetch(url, { headers, cache: "no-store" }).catch(() => {
    throw new Problem(0, "about:blank", "No answer.");
  });
  if (!response.ok) throw await readProblem(response);
  return response;
}

/** The cursor in a `Link: <…>; rel="next"` header (RFC 8288). */
export function nextCursor(link: string | null): string | null {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? "")?.[1];
  return target === undefined ? null : new URL(target, "http://localhost/").searchParams.get("cursor");
}

/** Hands a text to the browser as a file to save. */
export function save(name: string, text: string, type = "text/csv;charset=utf-8"): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
