import { UNANSWERED_STATES } from "../contract.ts";
import type { UnansweredState } from "../contract.ts";

/** The filters of the alerts that wait, as they stand in the page's address; empty strings filter nothing. */
export interface UnansweredFilters {
  territory: string;
  state: UnansweredState | "";
}

/** Reads filters from a page's address; a state that doesn't exist counts as none. */
export const readFilters = (query: Pick<URLSearchParams, "get">): UnansweredFilters => ({
  territory: query.get("territory")?.trim() ?? "",
  state: UNANSWERED_STATES.find((state) => state === query.get("state")) ?? "",
});
