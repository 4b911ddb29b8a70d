import { PLACEHOLDERS, type Candidate } from "./kinds.ts";

/**
 * Leads spans found in a redacted text back to the original, given the spans replaced in it. Both are in order. An end
 * inside a placeholder goes to that end of the text it replaced.
 */
export function trace(replaced: readonly Candidate[], found: readonly Candidate[]): Candidate[] {
  let i = 0;
  let shift = 0;
  const back = (offset: number, side: "start" | "end"): number => {
    for (let hole = replaced[i]; hole !== undefined; hole = replaced[i]) {
      const start = hole.start + shift;
      const end = start + PLACEHOLDERS[hole.kind].length;
      if (offset <= start) break;
      if (offset < end) return hole[side];
      shift += end - start - (hole.end - hole.start);
      i++;
    }
    return offset - shift;
  };
  return found.map((span) => ({ ...span, start: back(span.start, "start"), end: back(span.end, "end") }));
}
