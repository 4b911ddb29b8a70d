import { Notification } from "../../api/notifications/schema.ts";
import type { NotificationDto } from "../../channels/contract.ts";

const examples: unknown = Notification.meta()?.["examples"];
const example = Notification.parse(Array.isArray(examples) ? examples[0] : null);

/** The API's example of a notification, with whatever a test cares about. */
export const notification = (fields: Partial<NotificationDto> = {}): NotificationDto => ({
  ...example,
  ...fields,
});
