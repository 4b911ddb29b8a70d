const MINUTE = 60_000;
/** What is longer ago than that was not left by this page; ms. */
const LONGEST = 31 * 24 * 60 * MINUTE;

/** For how long, as the end of a sentence: ", for 12 minutes". Nothing within the first one. */
export function forWords(ms: number): string {
  const minutes = Math.floor(ms / MINUTE);
  if (minutes < 1) return "";
  if (minutes < 60) return minutes === 1 ? ", for 1 minute" : `, for ${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  return hours === 1
    ? `, for 1 hour and ${minutes % 60} min`
    : `, for ${hours} hours and ${minutes % 60} min`;
}

/** The moment in a page's address since when somebody is signed out; null for what is none, lies ahead or is long past. */
export function readSince(text: string | null, now: number): string | null {
  const at = Date.parse(text ?? "");
  if (Number.isNaN(at) || at > now + MINUTE || now - at > LONGEST) return null;
  return new Date(at).toISOString();
}
