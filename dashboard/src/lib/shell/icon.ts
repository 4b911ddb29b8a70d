import type { Need } from "../inbox/feed.ts";

/** Shows in the tab's icon that something needs the person, and whether it is critical. */
export function showNeed({ number, critical }: Need): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon) icon.href = `/favicon${number === 0 ? "" : critical ? "-critical" : "-unread"}.svg`;
}
