import { createContext } from "svelte";
import type { Act } from "../api/notifications.ts";
import type { ConnectionState } from "../contract.ts";
import type { Announcer } from "../ui/Announcer.svelte.ts";

/** What the parts of an inbox know of the page that shows it: the dashboard, or a page of another system. */
export interface InboxPage {
  /** Whose inbox it is; null as long as nothing has said. */
  readonly userId: string | null;
  readonly announcer: Announcer;
  /** Null for people without an inbox. */
  readonly live: { readonly state: ConnectionState } | null;
  /** What may be done with a notification here. */
  readonly acts: ReadonlySet<Act>;
  /** What a link to the page of a notification says. */
  readonly link: (id: string) => { href: string; target?: "_blank" };
  /** Where its elements are, and which of them has the focus. */
  readonly root: Document | ShadowRoot;
}

export const [getInboxPage, setInboxPage] = createContext<InboxPage>();
