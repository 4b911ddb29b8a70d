import { Problem, readProblem } from "../api/problem.ts";
import type { Fetch } from "../api/request.ts";

/** Most pages that one download takes: 100 of 100 rows each. */
const PAGES = 100;
const PAGE = "100";

export interface Csv {
  text: string;
  /** False when there were more rows than one download takes. */
  complete: boolean;
}

/** Fetches the whole delivery history that matches as one CSV text, page after page. */
export async function fetchCsv(filters: URLSearchParams, fetch: Fetch = globalThis.fetch): Promise<Csv> {
  let text = "";
  let cursor: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const query = new URLSearchParams(filters);
    query.set("limit", PAGE);
    if (cursor) query.set("cursor", cursor);
    const headers = { accept: "text/csv" };
    const response: Response = await fetch(`/api/deliveries?${query}`, { headers, cache: "no-store" }).catch(
      () => {
        throw new Problem(0, "about:blank", "No answer.");
      },
    );
    if (!response.ok) throw await readProblem(response);
    const rows = await response.text();
    text += page === 0 ? rows : rows.slice(rows.indexOf("\n") + 1);
    cursor = nextCursor(response.headers.get("link"));
    if (cursor === null) return { text, complete: true };
  }
  return { text, complete: false };
}

/** The cursor in a `Link: <…>; rel="next"` header (RFC 8288). */
export function nextCursor(link: string | null): string | null {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? "")?.[1];
  return target === undefined ? null : new URL(target, "http://localhost/").searchParams.get("cursor");
}

/** Hands a text to the browser as a file to save. */
export function save(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
