import type { Candidate, Kind } from "../kinds.ts";
import { Form } from "./form.ts";
import type { Sign, Signs } from "./signs.ts";

/**
 * Adds what it finds in a normalised text, given the text's signs. A rule's time is linear in the text's length: every
 * repeat is bounded.
 */
export type Rule = (text: string, found: Candidate[], signs: Signs) => void;

/** A rule that takes each match of a global pattern whole, where `accept` (if any) agrees. */
export function pattern(
  regex: RegExp,
  kind: Kind,
  score: number,
  accept?: (match: string, text: string, start: number) => boolean,
): Rule {
  const form = new Form(regex);
  return (text, found, signs) =>
    eachMatch(form.for(signs), text, ({ 0: match, index: start }) => {
      if (accept === undefined || accept(match, text, start))
        found.push({ start, end: start + match.length, kind, score });
    });
}

/** Calls `take` for each match of a global pattern, without the copy of the pattern that `matchAll` makes. */
export function eachMatch(regex: RegExp, text: string, take: (hit: RegExpExecArray) => void): void {
  regex.lastIndex = 0;
  for (let hit = regex.exec(text); hit !== null; hit = regex.exec(text)) {
    if (hit[0] === "") regex.lastIndex++;
    else take(hit);
  }
}

/** One rule that applies several in turn. */
export function all(...rules: Rule[]): Rule {
  return (text, found, signs) => {
    for (let i = 0; i < rules.length; i++) rules[i]?.(text, found, signs);
  };
}

/** A rule that applies only to texts that have a sign: most messages hold few of those that rules look for. */
export function when(sign: Sign, rule: Rule): Rule {
  return (text, found, signs) => {
    if (sign(signs)) rule(text, found, signs);
  };
}

/** A rule that applies only to texts in which `hint` is found. */
export function where(hint: RegExp, rule: Rule): Rule {
  const form = new Form(hint);
  return (text, found, signs) => {
    if (form.for(signs).test(text)) rule(text, found, signs);
  };
}

/**
 * The same where the hint is written in lower case and is sought so, which takes a third of the time of a pattern that
 * ignores case.
 */
export function whereLower(hint: RegExp, rule: Rule): Rule {
  return (text, found, signs) => {
    if (hint.test(text.toLowerCase())) rule(text, found, signs);
  };
}
