import type { NotificationDto } from "../contract.ts";

/** A notification for tests, with whatever a test cares about. */
export const notification = (fields: Partial<NotificationDto> = {}): NotificationDto => ({
  notification_id: "n1",
  seq: 1,
  user_id: "u1",
  territory_id: "t1",
  category: "system_message",
  priority: "normal",
  title: null,
  message: "Bed 4 is ready.",
  status: "sent",
  created_at: "2026-05-04T10:00:00.000Z",
  expires_at: null,
  snoozed_until: null,
  read_at: null,
  acknowledged_at: null,
  acknowledged_by: null,
  acknowledge_note: null,
  declined_at: null,
  decline_reason: null,
  read_back: false,
  dismissed_at: null,
  escalated_from: null,
  broadcast: null,
  ...fields,
});
