import { compile, type Compiled } from "./cover.ts";
import type { Candidate } from "./kinds.ts";
import type { Pattern } from "./options.ts";

/** Why a territory's pattern was refused. */
export type PatternFault =
  "syntax" | "too_long" | "unbounded" | "backreference" | "lookaround" | "too_wide" | "matches_nothing";

const LONGEST = 200;
/** As many steps as a pattern may have once its repeats are written out. */
const MOST_STEPS = 600;
/** As many ends of ranges as its characters may have, in all steps together; a letter of any script has 1,350. */
const MOST_RANGES = 60_000;

/** What is known of each source: its compiled form, or why there is none. Compiling one may take 20 ms. */
const known = new Map<string, Compiled | PatternFault>();
const MOST_KNOWN = 1_000;

/**
 * Checks a territory's own pattern before it is stored: null, or why not. Patterns have RE2's syntax, so their time is
 * linear in the text. Their repeats are bounded, lest one takes a whole message.
 */
export function lintPattern(source: string): PatternFault | null {
  const found = lookUp(source);
  return typeof found === "string" ? found : null;
}

/** How many steps a pattern has: reading a message takes at most as many for each of its characters. 0 for one that is refused. */
export function stepsOf(source: string): number {
  const found = lookUp(source);
  return typeof found === "string" ? 0 : found.size;
}

function lookUp(source: string): Compiled | PatternFault {
  const before = known.get(source);
  if (before !== undefined) return before;
  const found = examine(source);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(source, found);
  return found;
}

function examine(source: string): Compiled | PatternFault {
  if (source.length > LONGEST) return "too_long";
  const bare = source
    .replace(/\\\\/g, "__")
    .replace(/\\[^1-9kQ]/g, "__")
    .replace(/\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]/g, "c");
  if (/\\[1-9k]/.test(bare)) return "backreference";
  if (/\(\?<?[=!]/.test(bare)) return "lookaround";
  // Quoted stretches would have to be told apart before the repeats can be counted.
  if (bare.includes("\\Q")) return "syntax";
  // Before it is compiled: that takes seconds where the repeats of a short pattern come to much.
  if (reckonSteps(bare) > 2 * MOST_STEPS) return "too_wide";
  const compiled = tryCompile(source);
  if (compiled === null) return "syntax";
  if (compiled.size > MOST_STEPS || compiled.ranges > MOST_RANGES) return "too_wide";
  if (compiled.empty) return "matches_nothing";
  return /[*+]|\{\d+,\}/.test(bare) ? "unbounded" : compiled;
}

const REPEAT = /\{(\d+)(?:,(\d*))?\}/y;

/** About how many steps a pattern has once its repeats are written out; half of them at least. `bare`: without classes and escapes. */
function reckonSteps(bare: string): number {
  const open: number[] = [];
  /** Steps of the group so far, and of its last part, to which a repeat would belong. */
  let [sum, last] = [0, 0];
  for (let at = 0; at < bare.length; at++) {
    REPEAT.lastIndex = at;
    const [text, least, most] = REPEAT.exec(bare) ?? [];
    if (text !== undefined) {
      const times = Math.max(1, Number(least), Number(most ?? 0));
      sum += last * (times - 1);
      last *= times;
      at += text.length - 1;
    } else if (bare[at] === "(") {
      open.push(sum);
      [sum, last] = [0, 0];
    } else if (bare[at] === ")") {
      last = sum + 1;
      sum = (open.pop() ?? 0) + last;
    } else {
      if (!"?*+".includes(bare.charAt(at))) last = 1;
      sum++;
    }
  }
  return sum + open.reduce((all, one) => all + one, 0);
}

function tryCompile(source: string): Compiled | null {
  try {
    return compile(source);
  } catch {
    return null;
  }
}

/** Applies a territory's patterns; throws a RangeError for one that lintPattern refuses. */
export function findPatterns(patterns: readonly Pattern[], text: string, found: Candidate[]): void {
  for (const { kind, source } of patterns) {
    const pattern = lookUp(source);
    if (typeof pattern === "string") throw new RangeError(`pattern refused: ${pattern}`);
    pattern.cover(text, (start, end) => found.push({ start, end, kind, score: 0.95 }));
  }
}
