/**
 * Has the system show something of this session over whatever else is on the screen, where the person has allowed notifications. It stays until
 * somebody closes it, and says nothing of what was sent.
 */
export function shout(title: string, body: string): void {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const shown = new Notification(title, { body, tag: "session", requireInteraction: true });
  shown.addEventListener("click", () => {
    window.focus();
    shown.close();
  });
}
