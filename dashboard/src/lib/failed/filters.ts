import type { FailedWork } from "../api/failed-work.ts";
import { KIND_WORDS } from "./words.ts";

/** The filters of failed work, as they stand in the page's address; empty strings filter nothing. */
export interface FailedFilters {
  territory: string;
  kind: FailedWork["kind"] | "";
}

const isKind = (text: string): text is FailedWork["kind"] => Object.hasOwn(KIND_WORDS, text);

/** Reads filters from a page's address; a kind that doesn't exist counts as none. */
export function readFilters(query: Pick<URLSearchParams, "get">): FailedFilters {
  const kind = query.get("kind") ?? "";
  return { territory: query.get("territory")?.trim() ?? "", kind: isKind(kind) ? kind : "" };
}
