import type { Candidate } from "./kinds.ts";
import type { Pattern } from "./options.ts";

/** Why a territory's pattern was refused. */
export type PatternFault =
  "syntax" | "too_long" | "unbounded" | "nested_repeat" | "backreference" | "too_wide" | "matches_nothing";

const LONGEST = 200;
const MOST = 256;

/**
 * Checks a territory's own pattern before it is stored: null, or why not. Its time must be linear in the text, so every
 * repeat is bounded, none holds another (nor an alternation), and there are no back-references.
 */
export function lintPattern(source: string): PatternFault | null {
  if (source.length > LONGEST) return "too_long";
  let regex: RegExp;
  try {
    regex = new RegExp(source, "gu");
  } catch {
    return "syntax";
  }
  if (regex.test("")) return "matches_nothing";
  const bare = source
    .replace(/\\\\/g, "__")
    .replace(/\\[^1-9k]/g, "__")
    .replace(/\[(?:\\.|[^\]\\])*\]/g, "c");
  if (/\\[1-9k]/.test(bare)) return "backreference";
  if (/[*+]|\{\d+,\}/.test(bare)) return "unbounded";
  let width = 1;
  for (const [, , most = ""] of bare.matchAll(/\{(\d+,)?(\d+)\}/g)) width *= Number(most) || 1;
  if (
    width > MOST * MOST ||
    [...bare.matchAll(/\{(?:\d+,)?(\d+)\}/g)].some(([, most]) => Number(most) > MOST)
  )
    return "too_wide";
  return repeatsRepeats(bare) ? "nested_repeat" : null;
}

/** Whether a group that is repeated holds a repeat or an alternation itself. */
function repeatsRepeats(bare: string): boolean {
  const open: number[] = [];
  for (let i = 0; i < bare.length; i++) {
    if (bare.charAt(i) === "(") open.push(i);
    if (bare.charAt(i) !== ")") continue;
    const start = open.pop() ?? 0;
    if (
      bare.charAt(i + 1) === "{" &&
      /[?|]|\{\d/.test(bare.slice(start + 1, i).replace(/^\?(?::|<?[=!])/, ""))
    )
      return true;
  }
  return false;
}

const compiled = new Map<string, RegExp>();

/** Applies a territory's patterns; throws a RangeError for one that lintPattern refuses. */
export function findPatterns(patterns: readonly Pattern[], text: string, found: Candidate[]): void {
  for (const { kind, source } of patterns) {
    for (const { 0: match, index: start } of text.matchAll(compile(source))) {
      found.push({ start, end: start + match.length, kind, score: 0.95 });
    }
  }
}

function compile(source: string): RegExp {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const fault = lintPattern(source);
  if (fault !== null) throw new RangeError(`pattern refused: ${fault}`);
  const regex = new RegExp(source, "giu");
  if (compiled.size >= 1_000) compiled.clear();
  compiled.set(source, regex);
  return regex;
}
