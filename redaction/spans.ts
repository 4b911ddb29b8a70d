import { original, type View } from "./normalize.ts";
import { PLACEHOLDERS, type Candidate, type Span } from "./kinds.ts";
import { eachMatch } from "./rules/rule.ts";

/** Placeholders, which an already redacted message holds; they are never redacted again. */
const PLACEHOLDER = new RegExp(
  Object.values(PLACEHOLDERS)
    .filter((placeholder) => placeholder.startsWith("["))
    .map((placeholder) => placeholder.replace(/[[\]]/g, "\\$&"))
    .join("|"),
  "g",
);

/**
 * Unites overlapping candidates into spans, in order and apart from each other, leaving placeholders out. A span
 * takes its kind from its surest candidate, the longest of equals.
 */
export function unite(candidates: Candidate[], text: string): Candidate[] {
  const sorted = (text.includes("[") ? aroundPlaceholders(candidates, text) : candidates)
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const united: Candidate[] = [];
  let longest = 0;
  for (const candidate of sorted) {
    const last = united.at(-1);
    const length = candidate.end - candidate.start;
    if (last === undefined || candidate.start >= last.end) {
      united.push({ ...candidate });
      longest = length;
      continue;
    }
    last.end = Math.max(last.end, candidate.end);
    if (candidate.score > last.score || (candidate.score === last.score && length > longest)) {
      last.kind = candidate.kind;
      last.score = candidate.score;
      longest = length;
    }
  }
  return united;
}

type Stretch = Pick<Span, "start" | "end">;

function aroundPlaceholders(candidates: Candidate[], text: string): Candidate[] {
  const holes: Stretch[] = [];
  eachMatch(PLACEHOLDER, text, ({ 0: hole, index }) =>
    holes.push({ start: index, end: index + hole.length }),
  );
  if (holes.length === 0) return candidates;
  return candidates.flatMap((candidate) => {
    const parts: Candidate[] = [];
    let start = candidate.start;
    for (let i = firstEndingAfter(holes, candidate.start); i < holes.length; i++) {
      const hole = holes[i];
      if (hole === undefined || hole.start >= candidate.end) break;
      parts.push({ ...candidate, start, end: hole.start });
      start = hole.end;
    }
    parts.push({ ...candidate, start, end: candidate.end });
    return parts.map((part) => trim(part, text));
  });
}

function firstEndingAfter(holes: readonly Stretch[], offset: number): number {
  let low = 0;
  let high = holes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((holes[middle]?.end ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Without the spaces and separators at its ends. */
function trim(part: Candidate, text: string): Candidate {
  let { start, end } = part;
  while (start < end && /[\s,;:.-]/.test(text.charAt(start))) start++;
  while (start < end && /[\s,;:-]/.test(text.charAt(end - 1))) end--;
  return { ...part, start, end };
}

/** `text` with each span's placeholder in its place. */
export function replace(text: string, spans: Span[]): string {
  let out = "";
  let at = 0;
  for (const { start, end, kind } of spans) {
    out += text.slice(at, start) + PLACEHOLDERS[kind];
    at = end;
  }
  return out + text.slice(at);
}

/** Spans of a view in the offsets of its original; parts of one character that fall together are united. */
export function toOriginal(view: View, spans: Candidate[]): Candidate[] {
  if (view.starts === null) return spans;
  const out: Candidate[] = [];
  for (const span of spans) {
    const place = { ...span, ...original(view, span.start, span.end) };
    const last = out.at(-1);
    if (last !== undefined && place.start < last.end) last.end = Math.max(last.end, place.end);
    else out.push(place);
  }
  return out;
}
