import { leaks, type Message } from "../corpus/corpus.ts";
import type { Candidate, Span } from "../kinds.ts";
import { ACRONYM, CITY, CLINICAL, EPONYM, FIRST_NAME, PROPER, RARE_NAME, SURNAME } from "../lists/lexicon.ts";
import { classOf } from "../names/classes.ts";
import { styleOf } from "../names/style.ts";
import { tokenize, type Token } from "../names/tokens.ts";

/** What is counted of messages that were read wrongly: for each cause how often, and the places where it comes most. */
export interface Causes {
  /** Identifiers that were lost. */
  lost: Map<string, number>;
  /** Stretches of clean messages that were hidden. */
  hidden: Map<string, number>;
  /** The words beside them, where these tell of their neighbours: titles, deeds, kin. */
  beside: Map<string, number>;
}

export const noCauses = (): Causes => ({ lost: new Map(), hidden: new Map(), beside: new Map() });

/** Counts why the identifiers of a message were lost and, where it has none, why something of it was hidden. */
export function countCauses(causes: Causes, message: Message, found: readonly Candidate[]): void {
  const tokens = tokenize(message.text);
  for (const span of leaks(message, found)) {
    const left = tokens.filter(
      ({ start, end }) =>
        span.start <= start && end <= span.end && !found.some((one) => one.start <= start && end <= one.end),
    );
    const [first] = left;
    const whole = left.length === tokens.filter((one) => isIn(one, span)).length;
    if (first === undefined || !isNamed(span)) count(causes.lost, `${span.kind}: by its form`);
    else {
      count(
        causes.lost,
        `${span.kind}: ${listsOf(first)}, ${caseOf(first, tokens)}, ${whole ? "all of it" : partOf(first, left, tokens)}`,
      );
      countBeside(causes, tokens, first, left.at(-1) ?? first);
    }
  }
  if (message.spans.length > 0) return;
  for (const span of found) {
    const [first] = tokens.filter((one) => isIn(one, span));
    if (first === undefined || !isNamed(span)) count(causes.hidden, `${span.kind}: by its form`);
    else
      count(
        causes.hidden,
        `${span.kind}: ${listsOf(first)}, ${caseOf(first, tokens)}${first.initial && first.capital ? ", begins a sentence" : ""}`,
      );
  }
}

/** The counts as lines, most costly first; of each table at most `most`. */
export function shownCauses({ lost, hidden, beside }: Causes, most = 15): string[] {
  return [
    ...table("lost", lost, most),
    ...table("wrongly hidden", hidden, most),
    ...table("lost beside", beside, most),
  ];
}

function table(title: string, counts: ReadonlyMap<string, number>, most: number): string[] {
  const rows = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const sum = rows.reduce((all, [, times]) => all + times, 0);
  return [
    `${title}: ${sum}, of ${rows.length} causes`,
    ...rows.slice(0, most).map(([cause, times]) => `${String(times).padStart(6)}  ${cause}`),
  ];
}

function count(counts: Map<string, number>, cause: string): void {
  counts.set(cause, (counts.get(cause) ?? 0) + 1);
}

const isIn = ({ start, end }: Token, span: { start: number; end: number }): boolean =>
  span.start <= start && end <= span.end;
const isNamed = ({ kind }: Pick<Span, "kind">): boolean =>
  kind === "name" || kind === "geo" || kind === "facility";

/** What the lists know of the word. */
function listsOf({ known, plain, word }: Token): string {
  if (word.length < 3) return "one or two letters";
  const named = (known & (FIRST_NAME | SURNAME | CITY)) !== 0;
  if ((known & EPONYM) !== 0) return "an eponym";
  if ((known & (CLINICAL | ACRONYM | PROPER)) !== 0) return named ? "a name and a term" : "a term";
  if (plain) return named ? "a name and a word" : "a word";
  return named || (known & RARE_NAME) !== 0 ? "a name" : "in no list";
}

function caseOf(token: Token, tokens: readonly Token[]): string {
  const { shouting, quiet } = styleOf(tokens);
  if (shouting) return "all in capitals";
  if (quiet) return "all in lower case";
  return token.caps ? "in capitals" : token.capital ? "with a capital" : "in lower case";
}

/** How what was left belongs to what was found of the same name. */
function partOf(first: Token, left: readonly Token[], tokens: readonly Token[]): string {
  const next = tokens[tokens.indexOf(left.at(-1) ?? first) + 1];
  const gaps = [first.gap, next?.gap ?? ""];
  if (gaps.some((gap) => /^['-]$/.test(gap))) return "joined by a hyphen or an apostrophe";
  if (/^(?:de|la|van|von|der|den|ten|di|da|al|el|bin|st)$/.test(first.word)) return "its particle";
  return "half of it";
}

/** Words of a class before and after. */
function countBeside({ beside }: Causes, tokens: readonly Token[], first: Token, last: Token): void {
  const before = tokens[tokens.indexOf(first) - 1];
  const after = tokens[tokens.indexOf(last) + 1];
  if (before !== undefined && classOf(before.word) !== 0) count(beside, `after ${before.word}`);
  if (after !== undefined && classOf(after.word) !== 0) count(beside, `before ${after.word}`);
}
