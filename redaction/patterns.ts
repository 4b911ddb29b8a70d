import { compile, type Compiled } from "./cover.ts";
import type { Candidate } from "./kinds.ts";
import type { Pattern } from "./options.ts";

/** Why a territory's pattern was refused. */
export type PatternFault =
  "syntax" | "too_long" | "unbounded" | "backreference" | "lookaround" | "too_wide" | "matches_nothing";

const LONGEST = 200;
/** As many steps as a pattern may have once its repeats are written out. */
const MOST_STEPS = 600;

/**
 * Checks a territory's own pattern before it is stored: null, or why not. Patterns have RE2's syntax, so their time is
 * linear in the text. Their repeats are bounded, lest one takes a whole message.
 */
export function lintPattern(source: string): PatternFault | null {
  if (source.length > LONGEST) return "too_long";
  const bare = source
    .replace(/\\\\/g, "__")
    .replace(/\\[^1-9k]/g, "__")
    .replace(/\[(?:\\.|[^\]\\])*\]/g, "c");
  if (/\\[1-9k]/.test(bare)) return "backreference";
  if (/\(\?<?[=!]/.test(bare)) return "lookaround";
  const compiled = tryCompile(source);
  if (compiled === null) return "syntax";
  if (compiled.size > MOST_STEPS) return "too_wide";
  if (compiled.empty) return "matches_nothing";
  return /[*+]|\{\d+,\}/.test(bare) ? "unbounded" : null;
}

function tryCompile(source: string): Compiled | null {
  try {
    return compile(source);
  } catch {
    return null;
  }
}

const compiled = new Map<string, Compiled>();

/** Applies a territory's patterns; throws a RangeError for one that lintPattern refuses. */
export function findPatterns(patterns: readonly Pattern[], text: string, found: Candidate[]): void {
  for (const { kind, source } of patterns)
    compiledOf(source).cover(text, (start, end) => found.push({ start, end, kind, score: 0.95 }));
}

function compiledOf(source: string): Compiled {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const fault = lintPattern(source);
  if (fault !== null) throw new RangeError(`pattern refused: ${fault}`);
  const regex = compile(source);
  if (compiled.size >= 1_000) compiled.clear();
  compiled.set(source, regex);
  return regex;
}
