import type { Kind, Span } from "./kinds.ts";

/** A stretch that a reader marked: an identifier that was missed, or something that identifies nobody. */
export interface Mark extends Span {
  verdict: "missed" | "false_alarm";
}

/**
 * A text as a training template (`training/SLOTS.md`): each identifier, found or marked as missed, gives way to a slot of its kind. What
 * was marked goes with the whole of each word and each found identifier that it touches: nobody's other half is shown.
 * What was marked as a false alarm stays as it is.
 * @param spans what was found, in order and apart
 * @returns null for a false alarm that is no single found identifier
 */
export function templateOf(text: string, spans: readonly Span[], mark: Mark): string | null {
  const hidden = mark.verdict === "missed" ? withMissed(text, spans, mark) : withoutAlarm(spans, mark);
  if (hidden === null) return null;
  let out = "";
  let at = 0;
  for (const { start, end, kind } of hidden) {
    out += `${text.slice(at, start)}{${kind}:${slotsFor(kind, text.slice(start, end))}}`;
    at = end;
  }
  return (out + text.slice(at)).replace(/\r?\n|\r/g, "\\n");
}

const WORD = /[\p{L}\p{M}\p{N}]+(?:[^\s\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}]+)*/gu;

type Stretch = Pick<Span, "start" | "end">;

const touches = (a: Stretch, b: Stretch): boolean => a.start < b.end && b.start < a.end;

/** A stretch with all of those that it touches. */
function widened(stretch: Stretch, by: readonly Stretch[]): Stretch {
  const touched = by.filter((one) => touches(one, stretch));
  return {
    start: Math.min(stretch.start, ...touched.map(({ start }) => start)),
    end: Math.max(stretch.end, ...touched.map(({ end }) => end)),
  };
}

function withMissed(text: string, spans: readonly Span[], mark: Mark): Span[] {
  const words = Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({
    start: index,
    end: index + word.length,
  }));
  const whole = widened(widened(mark, words), spans);
  const others = spans.filter((span) => !touches(span, whole));
  return [...others, { ...whole, kind: mark.kind }].sort((a, b) => a.start - b.start);
}

function withoutAlarm(spans: readonly Span[], { start, end }: Mark): Span[] | null {
  const others = spans.filter((span) => span.start !== start || span.end !== end);
  return others.length === spans.length ? null : others;
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
