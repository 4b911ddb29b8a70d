import { createRequire } from "node:module";
import type * as Re2js from "re2js";

const load = createRequire(import.meta.url);
let re2js: typeof Re2js | undefined;
/** The engine, loaded once a territory has a pattern of its own. */
const engine = (): typeof Re2js => (re2js ??= load("re2js"));

/** A step of a compiled pattern: its operation, and the step after it (an alternative also has one at `arg`). */
interface Step {
  op: number;
  out: number;
  arg: number;
  /** Ends of the ranges of characters that it takes. */
  runes: Int32Array;
  matchRune(rune: number): boolean;
}

/** RE2's operations, except those that take a character. */
const OP = { alternative: 1, alternativeOrMatch: 2, capture: 3, border: 4, fail: 5, match: 6, nothing: 7 };
const ANY = 10;
const ANY_BUT_NEWLINE = 11;
/** The conditions that an operation `border` may have. */
const BORDER = { lineBegins: 1, lineEnds: 2, textBegins: 4, textEnds: 8, word: 16, noWord: 32 };

export interface Compiled {
  /** How many steps it has: reading a text takes at most as many for each of its characters. */
  size: number;
  /** How many ends of ranges its characters have, in all steps together. */
  ranges: number;
  /** Whether it matches the empty text. */
  empty: boolean;
  /** Adds the stretches that matches cover; overlapping ones are united. */
  cover(text: string, add: (start: number, end: number) => void): void;
}

/**
 * Compiles a pattern in RE2's syntax; its letters match in either case. All steps that a match can have come to move
 * through the text together, each with the earliest start that leads to it, so that one reading is enough.
 * @throws RE2JSException for any other pattern, such as one with back-references or look-around
 */
export function compile(source: string): Compiled {
  const { RE2JS } = engine();
  const regex = RE2JS.compile(source, RE2JS.CASE_INSENSITIVE);
  const { inst, start }: { inst: Step[]; start: number } = regex.re2().prog;
  return {
    size: inst.length,
    ranges: inst.reduce((sum, { runes }) => sum + runes.length, 0),
    empty: regex.test(""),
    cover: (text, add) => {
      if (regex.test(text)) read(inst, start, text, add);
    },
  };
}

function read(
  steps: readonly Step[],
  first: number,
  text: string,
  add: (start: number, end: number) => void,
): void {
  let now = new Places(steps);
  let next = new Places(steps);
  let span: { start: number; end: number } | null = null;
  for (let at = 0; at <= text.length;) {
    const rune = text.codePointAt(at) ?? -1;
    now.enter(first, at, bordersAt(text, at, rune));
    if (now.matched < at) {
      if (span !== null && now.matched < span.end) {
        span.start = Math.min(span.start, now.matched);
        span.end = at;
      } else {
        if (span !== null) add(span.start, span.end);
        span = { start: now.matched, end: at };
      }
    }
    const after = at + (rune > 0xffff ? 2 : 1);
    const borders = bordersAt(text, after, text.codePointAt(after) ?? -1);
    next.clear();
    for (let i = 0; i < now.count; i++) {
      const step = steps[now.steps[i] ?? 0];
      if (step !== undefined && takes(step, rune)) next.enter(step.out, now.starts[i] ?? 0, borders);
    }
    [now, next] = [next, now];
    at = after;
  }
  if (span !== null) add(span.start, span.end);
}

function takes(step: Step, rune: number): boolean {
  if (rune < 0 || step.op < 8) return false;
  if (step.op === ANY) return true;
  return step.op === ANY_BUT_NEWLINE ? rune !== 10 : step.matchRune(rune);
}

function bordersAt(text: string, at: number, rune: number): number {
  const before = text.charAt(at - 1);
  const word = isWord(before) !== (rune >= 0 && isWord(String.fromCodePoint(rune)));
  return (
    (at === 0 ? BORDER.textBegins | BORDER.lineBegins : 0) |
    (before === "\n" ? BORDER.lineBegins : 0) |
    (rune < 0 ? BORDER.textEnds | BORDER.lineEnds : 0) |
    (rune === 10 ? BORDER.lineEnds : 0) |
    (word ? BORDER.word : BORDER.noWord)
  );
}

function isWord(char: string): boolean {
  return /^\w$/.test(char);
}

/** The steps that matches have come to, those with the earliest start first, each once. */
class Places {
  readonly steps: Uint32Array;
  readonly starts: Uint32Array;
  count = 0;
  /** The earliest start of a match that ends here; Infinity where none does. */
  matched = Infinity;
  readonly #program: readonly Step[];
  readonly #seen: Uint32Array;
  #round = 1;

  constructor(program: readonly Step[]) {
    this.#program = program;
    this.steps = new Uint32Array(program.length);
    this.starts = new Uint32Array(program.length);
    this.#seen = new Uint32Array(program.length);
  }

  clear(): void {
    this.count = 0;
    this.matched = Infinity;
    this.#round++;
  }

  /** Adds a step and all that it leads to without taking a character. To be called with starts that never fall. */
  enter(step: number, start: number, borders: number): void {
    const open = [step];
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      const { op, out, arg } = this.#program[number] ?? { op: OP.fail, out: 0, arg: 0 };
      if (this.#seen[number] === this.#round) continue;
      this.#seen[number] = this.#round;
      if (op === OP.alternative || op === OP.alternativeOrMatch) open.push(arg, out);
      else if (op === OP.capture || op === OP.nothing) open.push(out);
      else if (op === OP.border) {
        if ((arg & ~borders) === 0) open.push(out);
      } else if (op === OP.match) this.matched = Math.min(this.matched, start);
      else if (op !== OP.fail) {
        this.steps[this.count] = number;
        this.starts[this.count++] = start;
      }
    }
  }
}
