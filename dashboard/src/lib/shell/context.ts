import { createContext } from "svelte";
import type { Alarm } from "../alarm/Alarm.svelte.ts";
import type { Session } from "../api/session.ts";
import type { Inbox } from "../inbox/Inbox.svelte.ts";
import type { WebSocketHandler } from "../live/WebSocketHandler.svelte.ts";
import type { Announcer } from "../ui/Announcer.svelte.ts";
import type { Waiting } from "../unanswered/Waiting.svelte.ts";

/** Things that every page of a signed-in person can reach. */
export interface Shell {
  session: Session;
  announcer: Announcer;
  alarm: Alarm;
  inbox: Inbox;
  /** Null for people without a territory: they have no inbox. */
  live: WebSocketHandler | null;
  /** Null for people who don't see the alerts that wait for an acknowledgement. */
  waiting: Waiting | null;
  /** Loads the page's data anew after a change, and announces the change in words. */
  changed: (words: string) => Promise<void>;
}

export const [getShell, setShell] = createContext<Shell>();
