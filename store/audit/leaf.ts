import { createHash } from "node:crypto";

/** An audit event as its leaf binds it. Numbers and JSON are PostgreSQL's own text, so that no digit is lost. */
export interface LeafRow {
  id: number;
  epoch: number;
  /** 64 bits */
  xid: string;
  /** Seconds since 1970, to six decimals. */
  at: string;
  territory_id: string | null;
  actor: string;
  action: string;
  outcome: string;
  object_id: string | null;
  /** The text of the jsonb value. */
  payload: string;
  leaf: Buffer;
}

const PREFIX = Buffer.from([0x00]);

/**
 * The leaf that belongs to a row's content: SHA-256(0x00 ‖ the content as a JSON array). The trigger `audit_stamp` computes the
 * same; it is computed again here, since whoever can alter rows can alter the trigger too.
 */
export function leafOf(row: LeafRow): Buffer {
  const text = (value: string | null): string => JSON.stringify(value);
  const content = [
    row.id,
    row.epoch,
    text(row.xid),
    row.at,
    text(row.territory_id),
    text(row.actor),
    text(row.action),
    text(row.outcome),
    text(row.object_id),
    row.payload,
  ];
  return createHash("sha256")
    .update(PREFIX)
    .update(`[${content.join(", ")}]`, "utf8")
    .digest();
}
