import { self } from "$app/service-worker";
import { CATEGORIES, PRIORITIES } from "../lib/contract.ts";
import { shownAs } from "../lib/push/shown.ts";
import type { Push } from "../lib/push/shown.ts";

/** Reads a message; null for what is none. */
export function readPush(data: Pick<PushMessageData, "json"> | null): Push | null {
  try {
    const push: Partial<Push> = Object(data?.json());
    const { notification_id, category, priority } = push;
    if (typeof notification_id !== "string" || !/^[0-9a-f-]{36}$/.test(notification_id)) return null;
    if (!CATEGORIES.some((known) => known === category)) return null;
    if (!PRIORITIES.some((known) => known === priority)) return null;
    return push as Push;
  } catch {
    return null;
  }
}

export function show(push: Push): Promise<void> {
  const { title, options } = shownAs(push);
  return self.registration.showNotification(title, options);
}
