import type { Need } from "../inbox/feed.ts";

/** Shows in the tab's icon, and on the icon of what is installed, that something needs the person; the tab's says whether it is critical. */
export function showNeed({ number, critical }: Need): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon) icon.href = `/favicon${number === 0 ? "" : critical ? "-critical" : "-unread"}.svg`;
  // Nobody is told where a browser refuses: the count stands in the page too.
  if ("setAppBadge" in navigator)
    void (number > 0 ? navigator.setAppBadge(number) : navigator.clearAppBadge()).catch(() => undefined);
}
