export interface SnoozeChoice {
  name: string;
  until: Date;
}

const MINUTE = 60_000;
const EVENING = 18;
const MORNING = 7;
/** An evening that is nearer than this is no choice of its own; ms. */
const SOON = 90 * MINUTE;

/** How long a notification can be put off, by the reader's own clock; late in the day the evening gives way to the morning. */
export function snoozeChoices(now: Date): SnoozeChoice[] {
  const evening = atHour(now, 0, EVENING);
  const later = evening.getTime() - now.getTime() > SOON;
  return [
    { name: "15 minutes", until: new Date(now.getTime() + 15 * MINUTE) },
    { name: "1 hour", until: new Date(now.getTime() + 60 * MINUTE) },
    later
      ? { name: "This evening, 18:00", until: evening }
      : { name: "Tomorrow morning, 07:00", until: atHour(now, 1, MORNING) },
  ];
}

const atHour = (now: Date, days: number, hour: number): Date =>
  new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);

/** How long a snooze goes on: "12 min left", "2 h 5 min left". */
export function leftWords(until: string, now: number): string {
  const minutes = Math.max(1, Math.ceil((Date.parse(until) - now) / MINUTE));
  const hours = Math.floor(minutes / 60);
  return `${hours > 0 ? `${hours} h ` : ""}${minutes % 60} min left`;
}
