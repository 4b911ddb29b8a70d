import type { NotificationDto } from "../../channels/contract.ts";
import type { Notification } from "../../store/models/Notification.ts";

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** A notification as its recipient sees it; the only way out, for lists and live frames alike. */
export function presentNotification(row: Notification): NotificationDto {
  return {
    notification_id: row.id,
    seq: row.seq,
    user_id: row.user_id,
    territory_id: row.territory_id,
    category: row.category,
    priority: row.priority,
    title: row.title,
    message: row.message,
    status: row.status,
    created_at: row.created_at.toISOString(),
    expires_at: iso(row.expires_at),
    snoozed_until: iso(row.snoozed_until),
    read_at: iso(row.read_at),
    acknowledged_at: iso(row.acknowledged_at),
    acknowledged_by: colleagueOf(row),
    acknowledge_note: row.acknowledge_note,
    times: row.repeats + 1,
    last_at: iso(row.repeated_at),
    resolved_at: iso(row.resolved_at),
    resolved_by: row.resolved_by,
    replaces: row.replaces,
    replaced_at: iso(row.replaced_at),
    replaced_by: row.replaced_by,
    declined_at: iso(row.declined_at),
    decline_reason: row.decline_reason,
    read_back: row.read_back,
    dismissed_at: iso(row.dismissed_at),
    escalated_from: row.escalated_from,
    broadcast: broadcastCount(row),
  };
}

/** How far a broadcast is acknowledged, for the alert that stands for it and its copies; null for everything else. */
export const broadcastCount = ({
  recipients,
  acknowledged,
}: Pick<Notification, "recipients" | "acknowledged">): NotificationDto["broadcast"] =>
  recipients === null || acknowledged === null ? null : { recipients, acknowledged };

/** Who acknowledged it in its recipient's place; the id stands in for a name that nobody has looked up. */
function colleagueOf({
  acknowledged_by,
  user_id,
  colleague,
}: Notification): NotificationDto["acknowledged_by"] {
  if (acknowledged_by === null || acknowledged_by === user_id) return null;
  return { user_id: acknowledged_by, name: colleague ?? acknowledged_by };
}
