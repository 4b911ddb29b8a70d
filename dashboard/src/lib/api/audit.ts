import type { Answer } from "../contract.ts";
import { pageOf } from "./pages.ts";
import type { Page } from "./pages.ts";
import { request, send } from "./request.ts";
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

/** A verification of the whole record: how far it is, or what it came to. */
export type Verification = Answer<"verifyRecord">;

export const getVerification = async (): Promise<Verification | null> =>
  (await request<Answer<"readVerification">>("/audit/verification")).verification;

/** Has the whole record verified. The act goes on record. */
export const verifyRecord = (): Promise<Verification> =>
  request("/audit/verification", { method: "POST", body: {} });

export type ExportFormat = "csv" | "ndjson";

/** The address of an export, which the browser saves as it comes. */
export const exportUrl = (format: ExportFormat, query: URLSearchParams): string =>
  `/api/audit/export/${format}${query.size > 0 ? `?${query}` : ""}`;

/**
 * Makes an export of nothing: where the server wants to see the password again, or lets nobody export now, that is said here and not in
 * the file.
 */
export async function tryExport(format: ExportFormat, query: URLSearchParams): Promise<void> {
  const first = new URLSearchParams(query);
  // Behind number 0 there is nothing.
  first.set("cursor", "0");
  // It is read to its end: one export goes on at a time.
  await (await send(`/audit/export/${format}`, { query: first })).text();
}

/** A notification's proof of delivery, as it is to be kept: it is signed, byte by byte. */
export const fetchProof = async (id: string): Promise<string> =>
  await (await send(`/notifications/${encodeURIComponent(id)}/proof`)).text();
