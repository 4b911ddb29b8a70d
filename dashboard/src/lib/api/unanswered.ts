import type { Answer } from "../contract.ts";
import { pageOf } from "./pages.ts";
import type { Page } from "./pages.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

/** An alert that waits for somebody to acknowledge it. */
export type Unanswered = Answer<"listUnanswered">["unanswered"][number];
/** How many wait in one territory, by state. */
export type UnansweredCounts = Answer<"listUnanswered">["counts"][number];

export interface UnansweredPage extends Page<Unanswered> {
  /** An entry for each territory that the query lets through. */
  counts: UnansweredCounts[];
}

/** One page of the alerts that wait, the oldest first. */
export async function listUnanswered(query: URLSearchParams, fetch?: Fetch): Promise<UnansweredPage> {
  const answer = await request<Answer<"listUnanswered">>("/unanswered", { query, fetch });
  return { ...pageOf(answer, "unanswered"), counts: answer.counts };
}

/** Ends an alert that nobody acknowledged. The act goes on record. */
export async function closeUnanswered(id: string, reason: string): Promise<void> {
  await send(`/unanswered/${encodeURIComponent(id)}/close`, { method: "POST", body: { reason } });
}
