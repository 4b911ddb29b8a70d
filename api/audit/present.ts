import { type Checkpoint, isGenuine } from "../../store/audit/checkpoint.ts";

/** One event of the record. */
export interface AuditRow {
  id: number;
  at: Date;
  actor: string;
  action: string;
  outcome: string;
  territory_id: string | null;
  object_id: string | null;
  payload: Record<string, unknown>;
  sealed: boolean;
}

export interface AuditEventDto {
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

/** How far the record is sealed. `npm run audit:verify` tells whether it still is as it was sealed. */
export interface SealDto {
  /** Number of the newest checkpoint; null before the first. */
  checkpoint: number | null;
  sealed_at: string | null;
  /** Hex; an anchor file has the same hash under this number. */
  hash: string | null;
  /** The signer's public key: raw, in base64. */
  public_key: string | null;
  /** Whether the newest checkpoint's hash and signature fit its content. */
  genuine: boolean | null;
  /** Age of the oldest event that is not sealed yet, in seconds; 0 when all are. */
  lag_seconds: number;
}

export const presentEvent = ({ id, at, ...rest }: AuditRow): AuditEventDto => ({
  event_id: id,
  at: at.toISOString(),
  ...rest,
});

export const presentSeal = (last: Checkpoint | null, oldest: Date | null): SealDto => ({
  checkpoint: last?.id ?? null,
  sealed_at: last?.createdAt.toISOString() ?? null,
  hash: last?.hash.toString("hex") ?? null,
  public_key: last?.publicKey.toString("base64") ?? null,
  genuine: last === null ? null : isGenuine(last),
  lag_seconds: oldest === null ? 0 : Math.max(0, Math.round((Date.now() - oldest.getTime()) / 1_000)),
});

/** An event as a line of a table. */
export const flatten = (event: AuditEventDto) => ({ ...event, payload: JSON.stringify(event.payload) });

export const COLUMNS = [
  "event_id",
  "at",
  "actor",
  "action",
  "outcome",
  "territory_id",
  "object_id",
  "payload",
  "sealed",
] as const satisfies (keyof AuditEventDto)[];
