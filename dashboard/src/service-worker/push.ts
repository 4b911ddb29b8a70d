import { self } from "$app/service-worker";
import { CATEGORIES, PRIORITIES } from "../lib/contract.ts";
import { shownAs } from "../lib/push/shown.ts";
import type { Push } from "../lib/push/shown.ts";

/** Reads a message; null for what is none. */
export function readPush(data: Pick<PushMessageData, "json"> | null): Push | null {
  try {
    const push: Partial<Push> = Object(data?.json());
    // A node from before there was an urgency names none.
    const { notification_id, category, priority, urgency = priority } = push;
    if (typeof notification_id !== "string" || !/^[0-9a-f-]{36}$/.test(notification_id)) return null;
    if (!CATEGORIES.some((known) => known === category)) return null;
    for (const one of [priority, urgency]) if (!PRIORITIES.some((known) => known === one)) return null;
    return { ...push, urgency } as Push;
  } catch {
    return null;
  }
}

export function show(push: Push): Promise<void> {
  const { title, options } = shownAs(push);
  return self.registration.showNotification(title, options);
}
