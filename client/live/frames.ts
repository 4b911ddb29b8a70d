import type { InboxCounts, NotificationDto, ServerFrame } from "../../channels/contract.ts";

/**
 * Reads one server frame of `tocsin.v1`.
 *
 * @returns null for anything else and for a frame of a type that this client doesn't know yet; both are skipped
 */
export function parseFrame(data: unknown): ServerFrame | null {
  const frame = parseObject(data);
  if (!frame) return null;
  const { type, seq } = frame;
  switch (type) {
    case "hello":
      return isSeq(seq) && typeof frame["user_id"] === "string"
        ? { type, user_id: frame["user_id"], seq, ...countsOf(frame) }
        : null;
    case "notification":
      return isSeq(seq) && isNotification(frame["notification"])
        ? { type, seq, notification: frame["notification"], ...countsOf(frame) }
        : null;
    case "resumed":
      if (!isSeq(seq)) return null;
      return isSeq(frame["after"]) ? { type, seq, after: frame["after"] } : { type, seq };
    case "error":
      return { type, code: String(frame["code"]), detail: String(frame["detail"]) };
    default:
      return null;
  }
}

function parseObject(data: unknown): Record<string, unknown> | null {
  if (typeof data !== "string") return null;
  try {
    const value: unknown = JSON.parse(data);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSeq = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** A node of an older version sends none. */
function countsOf({ counts }: Record<string, unknown>): { counts?: InboxCounts } {
  if (!isRecord(counts)) return {};
  const { unacknowledged_critical, unread, open } = counts;
  return isSeq(unacknowledged_critical) && isSeq(unread) && isSeq(open)
    ? { counts: { unacknowledged_critical, unread, open } }
    : {};
}

const isNotification = (value: unknown): value is NotificationDto =>
  isRecord(value) &&
  typeof value["notification_id"] === "string" &&
  typeof value["message"] === "string" &&
  typeof value["status"] === "string" &&
  isSeq(value["seq"]);
