/** The id of the notification that a text names, as an id or a link to it; null where it names none. */
export const notificationIn = (text: string): string | null =>
  /(?:^|\/)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/?(?:[?#].*)?$/i.exec(text.trim())?.[1] ?? null;
