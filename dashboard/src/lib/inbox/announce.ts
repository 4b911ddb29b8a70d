import type { NotificationDto } from "../contract.ts";
import { inWords } from "../redaction/redacted.ts";

export interface Announcements {
  /** Interrupts the reader: critical notifications only. */
  assertive: string;
  polite: string;
}

const LONGEST = 160;

/** Words for a screen reader about notifications that have just arrived. */
export function announce(arrived: readonly NotificationDto[]): Announcements {
  const critical = arrived.filter(({ priority }) => priority === "critical");
  const other = arrived.filter(({ priority }) => priority !== "critical");
  return {
    assertive: sentence(critical, "Critical notification", "critical notifications"),
    polite: sentence(other, "New notification", "new notifications"),
  };
}

function sentence(notifications: readonly NotificationDto[], one: string, many: string): string {
  const [first] = notifications;
  if (!first) return "";
  if (notifications.length > 1) return `${notifications.length} ${many}`;
  const text = inWords(first.title ?? first.message);
  return `${one}: ${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}`;
}
