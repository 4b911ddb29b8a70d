import type { Kind } from "../api/redactions.ts";
import { kindWords } from "./segments.ts";

/** A stretch of a redacted text: words, or a placeholder of what was taken out. */
export interface Part {
  text: string;
  /** What was taken out; null for words. */
  kind: Kind | null;
}

/** By the placeholders of the redactor. "90+" reads as what it says. */
export const PLACEHOLDERS: Record<string, Kind> = {
  "[NAME]": "name",
  "[LOCATION]": "geo",
  "[FACILITY]": "facility",
  "[DATE]": "date",
  "[PHONE]": "phone",
  "[FAX]": "fax",
  "[EMAIL]": "email",
  "[SSN]": "ssn",
  "[MRN]": "mrn",
  "[HEALTH_PLAN]": "health_plan",
  "[ACCOUNT]": "account",
  "[LICENSE]": "license",
  "[VEHICLE]": "vehicle",
  "[DEVICE]": "device",
  "[URL]": "url",
  "[IP]": "ip",
  "[BIOMETRIC]": "biometric",
  "[PHOTO]": "photo",
  "[ID]": "other_id",
};
const PLACEHOLDER = /(\[[A-Z_]+\])/;

/** Cuts a redacted text at its placeholders. */
export const partsOf = (redacted: string): Part[] =>
  redacted
    .split(PLACEHOLDER)
    .filter((text) => text !== "")
    .map((text) => ({ text, kind: PLACEHOLDERS[text] ?? null }));

/** A redacted text as it is read out: words in place of what was taken out. */
export const inWords = (redacted: string): string =>
  partsOf(redacted)
    .map(({ text, kind }) => (kind === null ? text : `${kindWords(kind)} hidden`))
    .join("");

/** A stretch of an original; `hidden` where the redacted text has a placeholder. */
export interface Stretch {
  text: string;
  hidden: boolean;
}

/**
 * Lays an original over its redacted text, so that what was taken out can be shown in its place. The stretches together are the original, to the
 * character; where the two don't fit each other, it is one.
 */
export function layOver(redacted: string, original: string): Stretch[] {
  const whole = [{ text: original, hidden: false }];
  const stretches: Stretch[] = [];
  const parts = partsOf(redacted);
  let at = 0;
  let open = false;
  for (const [index, { text, kind }] of parts.entries()) {
    if (kind !== null) {
      open = true;
      continue;
    }
    // The last words end the text: an earlier place of them would leave something over.
    const found =
      index === parts.length - 1 && open ? original.lastIndexOf(text) : original.indexOf(text, at);
    if (found < at || (!open && found > at)) return whole;
    if (open) stretches.push({ text: original.slice(at, found), hidden: true });
    stretches.push({ text, hidden: false });
    at = found + text.length;
    open = false;
  }
  const rest = original.slice(at);
  if (rest !== "" && !open) return whole;
  if (rest !== "") stretches.push({ text: rest, hidden: true });
  return stretches.filter(({ text }) => text !== "");
}
