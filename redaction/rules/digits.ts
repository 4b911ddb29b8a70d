import { isPublicCode } from "./codes.ts";
import { eachMatch, type Rule } from "./rule.ts";
import { digitThenLetter } from "./signs.ts";

const QUANTITY =
  /^ ?(?:\/|x10|mg|mcg|µg|ug|ng|pg|ml|mL|L\b|dL|g\b|kg|lbs?\b|units?|iu\b|u\b|mmol|µmol|umol|meq|cells|copies|bpm|mmhg|hours?|hrs?\b|days?|weeks?|months?|years?|minutes?|mins?\b|tablets?|tabs?\b|caps|doses?|%|times|points?|patients|people|cases|steps|k\b|rpm|hz|bytes|kb|mb|gb|ms\b|seconds?|secs?\b|records|messages|rows|requests|platelets|wbc)/i;

/** Six digits and more, alone or in groups, that measure nothing. */
const RUN = /(?<![\w.,$€£/:+-])\d(?:[ .-]?\d){5,24}(?![\w%]|[.,:/]\d|-\w)/g;
/** Letters and digits mixed, with at least four digits in a row or six characters with a hyphen. */
const MIXED =
  /(?<![\w.@/+-])(?=[A-Z0-9/_.-]{0,24}\d)(?:[A-Z]{1,8}[-_/#]?|\d{1,8}[-_/]?[A-Z]{1,6}[-_/]?)(?:[A-Z0-9]{1,20}[-_/]?){1,5}(?<=[A-Z0-9])(?![\w])/gi;

/** A serial number: digits with a letter or two at their end that are no unit. */
const LETTERED = /(?<![\w.@/+-])\d{6,10}(?!U\b|IU\b|K\b|L\b|G\b)[A-Z]{1,2}(?!\w)/g;

/** Codes with no label: any other unique identifying number (45 CFR 164.514(b)(2)(i)(R)). */
export const digits: Rule = (text, found, signs) => {
  if (signs.digits < 4) return;
  const add = (start: number, end: number): void => {
    if (!isMeasured(text, start, end)) found.push({ start, end, kind: "other_id", score: 0.4 });
  };
  if (signs.digits > 5) {
    eachMatch(RUN, text, ({ 0: match, index }) => {
      if (isRun(match)) add(index, index + match.length);
    });
    if (digitThenLetter(signs))
      eachMatch(LETTERED, text, ({ 0: match, index }) => add(index, index + match.length));
  }
  if (!signs.mixed) return;
  eachMatch(MIXED, text, ({ 0: match, index }) => {
    if (isCode(match)) add(index, index + match.length);
  });
};

function isRun(match: string): boolean {
  const count = match.replace(/\D/g, "").length;
  if (/^\d+$/.test(match)) return count >= 6;
  const groups = match.split(/[ .-]/);
  if (groups.length === 2 && match.includes("-"))
    return count >= 7 && !groups.every((group) => group.length < 4);
  return (
    count >= 9 && groups.some((group) => group.length >= 3) && groups.length <= 6 && !/^\d+\.\d+$/.test(match)
  );
}

/** Letters and digits in turn: "N4W3C4D1". */
const TURNS = /^(?:[A-Z]\d){3,}[A-Z]?$|^(?:\d[A-Z]){3,}\d?$/;

function isCode(match: string): boolean {
  if (TURNS.test(match)) return true;
  if (!/[A-Za-z]/.test(match) || !/\d{4}|\d.*\d.*\d.*\d.*\d/.test(match)) return false;
  if (
    /^(?:[A-Z]\d{2,3}|nct\d+|rfc\d+|sha\d+|utf\d*|iso\d+|x?\d+x\d+|[a-z]+-?(?:19|20)\d\d|(?:19|20)\d\d-?[a-z]+)$/i.test(
      match,
    )
  )
    return false;
  if (/^\d+(?:mg|mcg|ml|iu|units?|g|kg|mmol|l|k|m|ms|s|h|hz|th|st|nd|rd)$/i.test(match)) return false;
  return match.length >= 5;
}

function isMeasured(text: string, start: number, end: number): boolean {
  return QUANTITY.test(text.slice(end, end + 12)) || isPublicCode(text, start, end);
}
