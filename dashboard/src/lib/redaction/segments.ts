import type { Kind, Span } from "../api/redactions.ts";
import { shown } from "../language.ts";

/** A stretch of a text; `kind` where it would be taken out. */
export interface Segment {
  text: string;
  kind: string | null;
}

/** Cuts a text at its spans, in order. Where spans overlap the first one counts. */
export function segments(text: string, spans: readonly Span[]): Segment[] {
  const cut: Segment[] = [];
  let at = 0;
  for (const { start, end, kind } of spans.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < at || end <= start || start >= text.length) continue;
    if (start > at) cut.push({ text: text.slice(at, start), kind: null });
    cut.push({ text: text.slice(start, end), kind });
    at = Math.min(end, text.length);
  }
  if (at < text.length) cut.push({ text: text.slice(at), kind: null });
  return cut;
}

/** How much would be taken out, in words. */
export function foundWords({ length }: readonly Span[]): string {
  if (length === 0) return "Nothing found";
  return length === 1 ? "1 identifier found" : `${length} identifiers found`;
}

const KIND_WORDS: Record<Kind, string> = {
  name: shown("name"),
  geo: shown("place"),
  facility: shown("facility"),
  date: shown("date"),
  age90: "age over 89",
  phone: "phone number",
  fax: "fax number",
  email: "email address",
  ssn: "social security number",
  mrn: "medical record number",
  health_plan: "health plan number",
  account: "account number",
  license: "licence number",
  vehicle: shown("vehicle"),
  device: shown("device"),
  url: "web address",
  ip: "IP address",
  biometric: shown("biometric"),
  photo: shown("photo"),
  other_id: "other identifier",
};

/** The kinds of identifier that a sender may name as known. */
export const KINDS = Object.keys(KIND_WORDS).filter(isKind);

/** A kind in words, also one that this dashboard doesn't know yet. */
export const kindWords = (kind: string): string =>
  isKind(kind) ? KIND_WORDS[kind] : kind.replaceAll("_", " ");

function isKind(kind: string): kind is Kind {
  return Object.hasOwn(KIND_WORDS, kind);
}
