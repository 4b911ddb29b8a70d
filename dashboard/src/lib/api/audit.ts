import type { Answer } from "../contract.ts";
import { pageOf } from "./pages.ts";
import type { Page } from "./pages.ts";
import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

/** Who did what to which object, and how it ended. */
export type AuditEvent = Answer<"readRecord">["events"][number];
/** How far the record is sealed. */
export type AuditSeal = Answer<"readRecord">["seal"];

export interface AuditPage extends Page<AuditEvent> {
  seal: AuditSeal;
}

/** One page of the record, newest first. Reading it goes on record too. */
export async function listAudit(query: URLSearchParams, fetch?: Fetch): Promise<AuditPage> {
  const answer = await request<Answer<"readRecord">>("/audit", { query, fetch });
  return { ...pageOf(answer, "events"), seal: answer.seal };
}
