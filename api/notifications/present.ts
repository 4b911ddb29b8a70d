import type { DigestItemDto, NotificationDto } from "../../channels/contract.ts";
import type { DigestItem, Notification } from "../../store/models/Notification.ts";

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** A notification as its recipient sees it; the only way out, for lists and live frames alike. */
export function presentNotification(row: Notification): NotificationDto {
  return {
    notification_id: row.id,
    seq: row.seq,
    user_id: row.user_id,
    territory_id: row.territory_id,
    sender: row.sender ?? null,
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
    told_again_at: iso(row.told_again_at),
    told_as_critical: row.told_as_critical,
    resolved_at: iso(row.resolved_at),
    resolved_by: row.resolved_by,
    replaces: row.replaces,
    replaced_at: iso(row.replaced_at),
    replaced_by: row.replaced_by,
    declined_at: iso(row.declined_at),
    decline_reason: row.decline_reason,
    read_back: row.read_back,
    unacknowledge_until: iso(row.unacknowledge_until),
    completion_due_at: iso(row.completion_due_at),
    completed_at: iso(row.completed_at),
    dismissed_at: iso(row.dismissed_at),
    next_step: row.nextStep ?? null,
    escalated_from: row.escalated_from,
    first_recipient: row.first === undefined ? null : { user_id: row.first.id, name: row.first.name },
    covers_for: row.covers_for.map((user_id) => ({ user_id, name: row.covered?.get(user_id) ?? user_id })),
    items: row.items?.map(presentItem) ?? null,
    broadcast: broadcastCount(row),
  };
}

/** PostgreSQL writes the times in JSON by its own zone. */
const presentItem = ({
  notification_id,
  title,
  message,
  created_at,
  resolved_at,
}: DigestItem): DigestItemDto => ({
  notification_id,
  title,
  message,
  created_at: new Date(created_at).toISOString(),
  resolved_at: resolved_at === null ? null : new Date(resolved_at).toISOString(),
});

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
