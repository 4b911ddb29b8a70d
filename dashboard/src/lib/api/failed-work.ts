import type { Answer } from "../contract.ts";
import { pageOf } from "./pages.ts";
import type { Page } from "./pages.ts";
import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

/** Work that failed and was not mended of itself. */
export type FailedWork = Answer<"listFailedWork">["failed"][number];
/** What became of one that was to be done again. */
export type RedriveOutcome = Answer<"redriveMany">["results"][number]["outcome"];

/** One page of what failed, the latest first. */
export const listFailedWork = async (query: URLSearchParams, fetch?: Fetch): Promise<Page<FailedWork>> =>
  pageOf(await request<Answer<"listFailedWork">>("/failed-work", { query, fetch }), "failed");

/** Pieces of work that one call takes. */
const MOST = 100;

/** Has each done again that its person still has to get. The acts go on record. */
export async function redriveAll(ids: readonly string[]): Promise<RedriveOutcome[]> {
  const outcomes: RedriveOutcome[] = [];
  for (let from = 0; from < ids.length; from += MOST) {
    const body = { ids: ids.slice(from, from + MOST) };
    const { results } = await request<Answer<"redriveMany">>("/failed-work/redrive", {
      method: "POST",
      body,
    });
    outcomes.push(...results.map(({ outcome }) => outcome));
  }
  return outcomes;
}
