import { type Checkpoint, isGenuine } from "../../store/audit/checkpoint.ts";
import type { latestVerification } from "../../store/audit/verifications.ts";
import type { AuditEvent, AuditSeal, Verification } from "./schema.ts";

/** An event as it is read from the record. */
export type AuditRow = Omit<AuditEvent, "event_id" | "at"> & { id: number; at: Date };

export const presentEvent = ({ id, at, ...rest }: AuditRow): AuditEvent => ({
  event_id: id,
  at: at.toISOString(),
  ...rest,
});

export const presentSeal = (last: Checkpoint | null, oldest: Date | null): AuditSeal => ({
  checkpoint: last?.id ?? null,
  sealed_at: last?.createdAt.toISOString() ?? null,
  hash: last?.hash.toString("hex") ?? null,
  public_key: last?.publicKey.toString("base64") ?? null,
  genuine: last === null ? null : isGenuine(last),
  lag_seconds: oldest === null ? 0 : Math.max(0, Math.round((Date.now() - oldest.getTime()) / 1_000)),
});

/** An event as a line of a table. */
export const flatten = (event: AuditEvent) => ({ ...event, payload: JSON.stringify(event.payload) });

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
] as const satisfies (keyof AuditEvent)[];

export const presentVerification = ({
  id,
  asked_by,
  name,
  asked_at,
  finished_at,
  attempt: _attempt,
  beat_at: _beat,
  ...rest
}: NonNullable<Awaited<ReturnType<typeof latestVerification>>>): Verification => ({
  ...rest,
  verification_id: id,
  asked_by: { user_id: asked_by, name },
  asked_at: asked_at.toISOString(),
  finished_at: finished_at?.toISOString() ?? null,
});
