import type { Candidate, Kind } from "../kinds.ts";

/** Adds what it finds in a normalised text. A rule's time is linear in the text's length: every repeat is bounded. */
export type Rule = (text: string, found: Candidate[]) => void;

/** A rule that takes each match of a global pattern whole, where `accept` (if any) agrees. */
export function pattern(
  regex: RegExp,
  kind: Kind,
  score: number,
  accept?: (match: string, text: string, start: number) => boolean,
): Rule {
  return (text, found) => {
    regex.lastIndex = 0;
    for (let hit = regex.exec(text); hit !== null; hit = regex.exec(text)) {
      const [match] = hit;
      const start = hit.index;
      if (match === "") regex.lastIndex++;
      else if (accept === undefined || accept(match, text, start))
        found.push({ start, end: start + match.length, kind, score });
    }
  };
}

/** Calls `take` for each match of a global pattern, without the copy of the pattern that `matchAll` makes. */
export function eachMatch(regex: RegExp, text: string, take: (hit: RegExpExecArray) => void): void {
  regex.lastIndex = 0;
  for (let hit = regex.exec(text); hit !== null; hit = regex.exec(text)) {
    if (hit[0] === "") regex.lastIndex++;
    else take(hit);
  }
}

/** Whether a text has that many digits, anywhere in it. */
export function hasDigits(text: string, least: number): boolean {
  let count = 0;
  for (let i = 0; i < text.length && count < least; i++) {
    const code = text.charCodeAt(i);
    if (code > 47 && code < 58) count++;
  }
  return count === least;
}

/** One rule that applies several in turn. */
export function all(...rules: Rule[]): Rule {
  return (text, found) => {
    for (const rule of rules) rule(text, found);
  };
}

/** A rule that applies only to texts in which `hint` is found: most messages hold few of the signs rules look for. */
export function when(hint: RegExp, rule: Rule): Rule {
  return (text, found) => {
    if (hint.test(text)) rule(text, found);
  };
}

/**
 * The same where the hint is written in lower case and is sought so, which takes a third of the time of a pattern that
 * ignores case.
 */
export function whenLower(hint: RegExp, rule: Rule): Rule {
  return (text, found) => {
    if (hint.test(text.toLowerCase())) rule(text, found);
  };
}
