import type { NotificationDto } from "../contract.ts";

/** How many notifications wait to be shown, e.g. "2 new · 1 critical". */
export function arrivalWords(arrivals: readonly Pick<NotificationDto, "priority">[]): string {
  const critical = arrivals.filter(({ priority }) => priority === "critical").length;
  return critical > 0 ? `${arrivals.length} new · ${critical} critical` : `${arrivals.length} new`;
}
