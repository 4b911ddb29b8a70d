/** What a service can be told of, by `type`. */
export const EVENT_TYPES = [
  "notification.delivered",
  "notification.seen",
  "notification.acknowledged",
  "notification.unacknowledged",
  "notification.declined",
  "notification.completed",
  "notification.escalated",
  "notification.exhausted",
  "notification.failed",
  "notification.expired",
  "notification.cancelled",
  "notification.resolved",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** An event as PostgreSQL has it, its times as text. */
export interface EventRow {
  service_id: string;
  seq: number;
  id: string;
  type: EventType;
  notification_id: string;
  root_id: string;
  send_id: string;
  user_id: string | null;
  territory_id: string;
  delivery_id: string | null;
  channel: string | null;
  reason: string | null;
  step: number | null;
  at: string | Date;
}

/** An event as its service gets it: ids, codes and times, and nothing of what was sent. */
export interface SenderEvent {
  type: EventType;
  timestamp: string;
  data: {
    event_id: string;
    seq: number;
    notification_id: string;
    escalated_from: string | null;
    send_id: string;
    territory_id: string;
    user_id: string | null;
    delivery_id: string | null;
    channel: string | null;
    reason: string | null;
    step: number | null;
  };
}

/** The same by a webhook, by a long poll and by a stream. */
export const presentEvent = ({ type, at, id, root_id, ...row }: EventRow): SenderEvent => ({
  type,
  timestamp: new Date(at).toISOString(),
  data: {
    event_id: id,
    seq: row.seq,
    notification_id: row.notification_id,
    escalated_from: root_id === row.notification_id ? null : root_id,
    send_id: row.send_id,
    territory_id: row.territory_id,
    user_id: row.user_id,
    delivery_id: row.delivery_id,
    channel: row.channel,
    reason: row.reason,
    step: row.step,
  },
});
