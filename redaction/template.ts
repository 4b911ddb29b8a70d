import type { Kind, Span } from "./kinds.ts";

/** A stretch that a reader marked: an identifier that was missed, or something that identifies nobody. */
export interface Mark extends Span {
  verdict: "missed" | "false_alarm";
}

/**
 * A text as a training template (`training/SLOTS.md`): each identifier, found or marked as missed, gives way to a slot of its kind.
 * What was marked as a false alarm stays as it is.
 * @param spans what was found, in order and apart
 */
export function templateOf(text: string, spans: readonly Span[], mark: Mark): string {
  const others = spans.filter(({ start, end }) => end <= mark.start || mark.end <= start);
  const hidden = mark.verdict === "missed" ? [...others, mark].sort((a, b) => a.start - b.start) : others;
  let out = "";
  let at = 0;
  for (const { start, end, kind } of hidden) {
    out += `${text.slice(at, start)}{${kind}:${slotsFor(kind, text.slice(start, end))}}`;
    at = end;
  }
  return (out + text.slice(at)).replace(/\r?\n|\r/g, "\\n");
}

const SLOTS: Record<Exclude<Kind, "name" | "geo">, string> = {
  facility: "@facility",
  date: "@date",
  age90: "@age90",
  phone: "@phone",
  fax: "@fax",
  email: "@email",
  ssn: "@ssn",
  mrn: "@mrn",
  health_plan: "@member",
  account: "@account",
  license: "@license",
  vehicle: "@vin",
  device: "@serial",
  url: "@url",
  ip: "@ip",
  biometric: "@fingerprint",
  photo: "@photo",
  other_id: "@token",
};

/** The slots that a value of this kind gives way to: of the same sort, and telling nothing else of it. */
function slotsFor(kind: Kind, value: string): string {
  if (kind === "name") return /\p{L}\p{M}*[ .,]+\p{L}/u.test(value) ? "@first @last" : "@last";
  if (kind === "geo") return /^\d{5}/.test(value) ? "@zip" : /^\d/.test(value) ? "@street" : "@city";
  return SLOTS[kind];
}
