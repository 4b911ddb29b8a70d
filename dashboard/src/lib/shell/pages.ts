import { hasRole, isSupervisor } from "../api/session.ts";
import type { Session } from "../api/session.ts";

export interface Link {
  href: string;
  name: string;
}

/** The pages that are of use to a person, in the order of the navigation. */
export function pagesOf(session: Session): Link[] {
  const supervisor = isSupervisor(session);
  const admin = hasRole(session, "admin");
  const pages: (Link & { show: boolean })[] = [
    {
      href: "/",
      name: "Inbox",
      show: session.memberships.length > 0 || (!admin && !hasRole(session, "auditor")),
    },
    { href: "/board", name: "Board", show: supervisor },
    { href: "/unanswered", name: "Unanswered", show: supervisor || admin },
    { href: "/deliveries", name: "Deliveries", show: supervisor },
    { href: "/failed", name: "Failed work", show: supervisor || admin },
    { href: "/reports", name: "Reports", show: supervisor },
    { href: "/escalation", name: "Escalation", show: supervisor },
    { href: "/on-call", name: "On call", show: session.memberships.length > 0 },
    { href: "/topics", name: "Topics", show: supervisor },
    { href: "/redaction", name: "Redaction", show: supervisor },
    { href: "/emergency", name: "Emergency", show: session.memberships.length > 0 },
    { href: "/examples", name: "Examples", show: admin },
    { href: "/people", name: "People", show: admin },
    { href: "/territories", name: "Territories", show: admin },
    { href: "/services", name: "Services", show: admin },
    { href: "/webhooks", name: "Webhooks", show: admin },
    { href: "/audit", name: "Audit", show: hasRole(session, "auditor") },
    { href: "/preferences", name: "Preferences", show: true },
    { href: "/system", name: "System", show: true },
  ];
  return pages.flatMap(({ show, ...link }) => (show ? [link] : []));
}

/** Pages that a phone keeps at hand, what is needed first at the left; the others are behind "More". */
const AT_HAND = ["/", "/board", "/unanswered", "/on-call", "/audit", "/people"];
const MOST_TABS = 3;

/** How a phone divides somebody's pages: a few as tabs, the rest in the order of the navigation. */
export function tabsOf(pages: readonly Link[]): { tabs: Link[]; more: Link[] } {
  const tabs = AT_HAND.flatMap((href) => pages.filter((page) => page.href === href)).slice(0, MOST_TABS);
  return { tabs, more: pages.filter((page) => !tabs.includes(page)) };
}
