import { self } from "$app/service-worker";
import type { Push } from "../lib/push/shown.ts";
import { shownAs } from "../lib/push/shown.ts";

/** Opens a notification's page, in the window that is there or in a new one. */
export async function open(id: string): Promise<void> {
  const url = `/notifications/${id}`;
  const [window] = await self.clients.matchAll({ type: "window" });
  const there = await window?.navigate(url).catch(() => null);
  if (there) await there.focus();
  else await self.clients.openWindow(url);
}

const post = async (path: string, body: unknown): Promise<number> => {
  const answer = await fetch(`/api${path}`, {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => null);
  return answer?.status ?? 0;
};

/**
 * Acknowledges by the session, or where that has ended by the token that came with the message. Where neither does it, it is shown again and says so: nobody may
 * believe that they have taken what they have not.
 */
export async function acknowledge(push: Push): Promise<void> {
  let status = await post(`/notifications/${push.notification_id}/acknowledge`, {});
  if (status === 401 && push.answer)
    status = await post("/answers", { token: push.answer, answer: "acknowledge" });
  if (status === 200) return;
  const { options } = shownAs(push);
  await self.registration.showNotification("Not acknowledged", {
    ...options,
    body: status === 0 ? "Tocsin can't be reached." : "Open Tocsin to see what became of it.",
  });
}
