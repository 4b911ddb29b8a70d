import type { Page } from "./pages.ts";
import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

export const OUTCOMES = ["ok", "denied", "failed"] as const;
export type AuditOutcome = (typeof OUTCOMES)[number];

/** Who did what to which object, and how it ended. */
export interface AuditEvent {
  event_id: number;
  at: string;
  actor: string;
  action: string;
  outcome: string;
  territory_id: string | null;
  object_id: string | null;
  payload: Record<string, unknown>;
  /** Whether a signed checkpoint holds it. */
  sealed: boolean;
}

/** How far the record is sealed. */
export interface AuditSeal {
  /** Number of the newest checkpoint; null before the first. */
  checkpoint: number | null;
  sealed_at: string | null;
  /** Hex. */
  hash: string | null;
  /** The signer's, raw, base64. */
  public_key: string | null;
  /** Whether the newest checkpoint fits its hash and signature. */
  genuine: boolean | null;
  /** Age of the oldest event that is not sealed yet, in seconds; 0 when all are. */
  lag_seconds: number;
}

export interface AuditPage extends Page<AuditEvent> {
  seal: AuditSeal;
}

/** One page of the record, newest first. Reading it goes on record too. */
export async function listAudit(query: URLSearchParams, fetch?: Fetch): Promise<AuditPage> {
  const { events, next, seal } = await request<{
    events: AuditEvent[];
    next: string | null;
    seal: AuditSeal;
  }>("/audit", { query, fetch });
  return { items: events, next, seal };
}
