import {
  ACRONYM,
  CITY,
  CLINICAL,
  EPONYM,
  FACILITY as FACILITY_WORD,
  FIRST_NAME,
  FOREIGN,
  PROPER,
  SURNAME,
  TOP_FIRST_NAME,
} from "../lists/lexicon.ts";
import { NOUNS, STARTS } from "./facility-words.ts";
import { isOther } from "./other.ts";
import type { Token } from "./tokens.ts";
import { EPONYM_NOUNS, EPONYM_WEAK_NOUNS, NOBODY, OPENERS, TITLES } from "./vocabulary.ts";

const NAME = 1;
const FACILITY = 3;

/** Somebody is spoken to or about right after their name: "…, please arrive", "… is fasting". */
const ADDRESSED = /^, (?:please|your?|we|our|this|it|thank|thanks|call|do|don't)(?!\p{L})/iu;
/** Prefixes of words that are no names, and what is counted by letters. */
const PREFIX = /^(?:non|pre|post|anti|ex|mid|co|re|self|semi|multi|sub|inter|intra|peri|pro|half|all)$/;
const LETTERED =
  /^(?:vitamin|hepatitis|hep|vit|type|group|plan|option|grade|class|stage|influenza|flu|protein|factor|strep|section|part|schedule|bed|room|unit|ward|wing|pod|bay|building|level|category|phase|arm|cohort|point|item|appendix|table|figure|immunoglobulin|hemoglobin|medicare|and|or)$/;
const LEADING = /^(?:van|von|de la|du|al|el|del|della|di|da|dos|bin|ibn|abu|ten|ter|St|ST)$/;
const OTHER = ACRONYM | CLINICAL | EPONYM;
const PARTICLE = /^(?:van|von|der|den|ten|ter|de|del|della|di|da|dos|bin|ibn|bint|al|el)$/;

/**
 * Adds what stands right before a name or a place and is part of it: a first name that no list has, one that is an
 * everyday word where the person is spoken to, a name with a particle, the proper part of a hospital's name.
 */
export function takeBeside(text: string, tokens: readonly Token[], labels: Uint8Array): void {
  for (let i = 1; i < tokens.length; i++)
    if (labels[i] === 0 && labels[i - 1] === FACILITY && isLastOfFacility(tokens, i)) labels[i] = FACILITY;
  for (let i = tokens.length - 1; i >= 0; i--) {
    const token = tokens[i];
    const next = tokens[i + 1];
    if (token === undefined || labels[i] !== 0) continue;
    if (token.capital) {
      if (isGivenAndInitial(text, tokens, i)) labels[i] = labels[i + 1] = NAME;
      const last = lastOfUniversity(tokens, i);
      for (let at = i; at <= last; at++) labels[at] = FACILITY;
      if (labels[i] !== 0) continue;
      const named = labels[i - 1] === NAME;
      labels[i] = labelOfHalf(tokens, labels, i);
      if (
        (named && (isLastName(tokens, labels, i) || isUnlistedLast(tokens, labels, i))) ||
        isSpeaker(tokens, i)
      )
        labels[i] = NAME;
    }
    if (isAddressedAs(tokens, i)) labels[i] = NAME;
    if (next === undefined || labels[i] !== 0) continue;
    if (labels[i + 1] === NAME && (isFirstLetter(tokens, i) || isParticleOf(token, next))) labels[i] = NAME;
    if (labels[i] !== 0 || !token.capital || token.code || token.possessive || next.gap !== " ") continue;
    if (labels[i + 1] === FACILITY && isOfFacility(token)) labels[i] = FACILITY;
    else if (labels[i + 1] === NAME && next.capital && isFirstName(text, tokens, labels, i)) labels[i] = NAME;
    else if (isWithParticle(tokens, i)) for (const at of [i, i + 1, i + 2]) labels[at] = NAME;
  }
}

/** "Jackson Memorial Hospital": a capital before it that begins no sentence as a plain word. */
function isOfFacility({ word, initial, plain, caps, known }: Token): boolean {
  if (NOUNS.has(word)) return true;
  if (STARTS.has(word) || TITLES.has(word) || (caps && (known & ACRONYM) !== 0)) return false;
  return !(initial && plain);
}

/** "St. Peter's Health Partners" */
function isLastOfFacility(tokens: readonly Token[], i: number): boolean {
  const [before, token] = [tokens[i - 1], tokens[i]];
  if (token === undefined || !token.capital || token.gap !== " " || before?.possessive !== false)
    return false;
  return NOUNS.has(token.word) || LAST.test(token.word);
}

const LAST = /^(?:partners|care|systems?|network|group|services|alliance|trust|pavilion|department|tower)$/;

/** The label of the other half of a name or a place with a hyphen: "Wieczorek-Deponte". */
function labelOfHalf(tokens: readonly Token[], labels: Uint8Array, i: number): number {
  const token = tokens[i];
  const next = tokens[i + 1];
  if (token === undefined || (token.gap !== "-" && next?.gap !== "-")) return 0;
  if (!token.capital || token.camel || token.code || token.word.length < 2) return 0;
  if (PREFIX.test(token.word)) return 0;
  const left = token.gap === "-" && (labels[i - 1] ?? 0) !== 0 ? i - 1 : undefined;
  const right = next?.gap === "-" && (labels[i + 1] ?? 0) !== 0 ? i + 1 : undefined;
  const at = left ?? right ?? -1;
  const other = tokens[at];
  if (other === undefined || !other.capital || other.caps !== token.caps || (token.known & OTHER) !== 0)
    return 0;
  return labels[at] ?? 0;
}

/** "Arthur Apgar for vitals": a listed surname after one listed first name, and nothing that is named after it. */
function isLastName(tokens: readonly Token[], labels: Uint8Array, i: number): boolean {
  const [first, token, next] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (first === undefined || token === undefined || labels[i - 1] !== NAME || labels[i - 2] === NAME)
    return false;
  if (token.gap !== " " || !token.capital || token.code || token.word.length < 3) return false;
  if (first.caps || token.caps || first.possessive || !first.capital || (first.known & FIRST_NAME) === 0)
    return false;
  if ((token.known & (SURNAME | EPONYM)) === 0 || (token.known & (CLINICAL | ACRONYM | FOREIGN)) !== 0)
    return false;
  if (NOBODY.has(token.word) || OPENERS.has(token.word)) return false;
  const thing = next !== undefined && /^[ -]$/.test(next.gap) && (next.capital || isThing(next.word));
  return !thing;
}

/** "Riku Andou": a capital right after a name, which no list has as anything but a name. */
function isUnlistedLast(tokens: readonly Token[], labels: Uint8Array, i: number): boolean {
  const [first, token, next] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (first === undefined || token === undefined) return false;
  const named = labels[i - 1] === NAME && token.gap === " " && !first.caps && !first.possessive;
  if (!named || !first.capital || first.word.length < 2) return false;
  if (!token.capital || token.caps || token.camel || token.code || token.plain || token.word.length < 3)
    return false;
  if ((token.known & (ACRONYM | CLINICAL | PROPER | FOREIGN | CITY | FACILITY_WORD)) !== 0) return false;
  if ((token.known & EPONYM) !== 0 && next !== undefined && /^[ -]$/.test(next.gap) && isThing(next.word))
    return false;
  return !OPENERS.has(token.word);
}

/** `Gijsbrecht: "Who are you?"`: whoever is quoted. */
function isSpeaker(tokens: readonly Token[], i: number): boolean {
  const [token, next] = [tokens[i], tokens[i + 1]];
  if (token === undefined || !token.initial || !token.capital || token.caps || token.plain) return false;
  return (
    next !== undefined && /^: ?"$/.test(next.gap) && token.word.length > 2 && (token.known & OTHER) === 0
  );
}

/** "University of Missouri Health Care": the last word of a place of care that begins so, or -1. */
function lastOfUniversity(tokens: readonly Token[], i: number): number {
  const token = tokens[i];
  if (
    token === undefined ||
    tokens[i + 1]?.word !== "of" ||
    !token.capital ||
    !/^(?:university|hospital|college)$/.test(token.word)
  )
    return -1;
  let last = -1;
  for (let at = i + 1; at < i + 8; at++) {
    const [one, before] = [tokens[at], tokens[at - 1]];
    if (one === undefined || one.gap !== " " || before?.possessive !== false) break;
    if (at > i + 1 && !one.capital) break;
    if (at > i + 2 && (NOUNS.has(one.word) || one.word === "care")) last = at;
  }
  return last;
}

const isThing = (word: string): boolean => EPONYM_NOUNS.has(word) || EPONYM_WEAK_NOUNS.has(word);

/** Whoever stands after these is a person: "mr driver", "Mrs. Chart", "Dr. Looser", "Prof. A". */
function isAddressedAs(tokens: readonly Token[], i: number): boolean {
  const title = tokens[i - 1];
  const token = tokens[i];
  if (title === undefined || token === undefined || token.code || !TITLES.has(title.word)) return false;
  if (token.word.length < 2 && !token.capital) return false;
  if (token.word.length === 1 && token.text !== "I" && title.capital) return /^\.? $/.test(token.gap);
  const nobody = NOBODY.has(token.word) || TITLES.has(token.word);
  if (!/^\.? $/.test(token.gap) || (nobody && token.word.length > 1)) return false;
  if (/^(?:[Mm]rs?|MRS|[Mm]issus|MISSUS|[Mm]ister)$/.test(title.text)) return true;
  const street = tokens[i - 2]?.capital === true && title.gap === " ";
  return /^(?:Dr|Ms|Prof)$/.test(title.text) && token.capital && !token.caps && !street && !isOther(token);
}

/** "John P., seen": a listed first name that begins no sentence as a word, and an initial with its point. */
function isGivenAndInitial(text: string, tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  const next = tokens[i + 1];
  if (token === undefined || next === undefined || next.gap !== " " || !next.capital) return false;
  if (next.word.length > 1 || !token.capital || token.caps || token.code) return false;
  if (token.initial && token.plain && !text.startsWith(".,", next.end)) return false;
  if ((token.known & (token.plain ? TOP_FIRST_NAME : FIRST_NAME)) === 0) return false;
  return /^\.(?:[ ,;)]|$)/.test(text.slice(next.end, next.end + 2));
}

/** "B Hashemi", "U Y Denton": one capital before a name, where nothing is counted by letters. */
function isFirstLetter(tokens: readonly Token[], i: number): boolean {
  const [before, token, next] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (token === undefined || next === undefined || token.word.length !== 1 || !token.capital || token.code)
    return false;
  if (next.gap !== " " || !next.capital || token.text === "I" || (token.text === "A" && token.initial))
    return false;
  return !(before !== undefined && token.gap === " " && LETTERED.test(before.word));
}

function isParticleOf({ text, code }: Token, next: Token): boolean {
  return !code && /^[ -]$/.test(next.gap) && LEADING.test(text) && (next.gap === " " || /^[Aa]l$/.test(text));
}

function isFirstName(text: string, tokens: readonly Token[], labels: Uint8Array, i: number): boolean {
  const token = tokens[i];
  if (token === undefined || token.word.length < 3 || token.caps !== (tokens[i + 1]?.caps ?? false))
    return false;
  if (isOther(token)) return false;
  if (!token.plain) return true;
  let last = i + 1;
  while (labels[last + 1] === NAME && tokens[last + 1]?.gap === " ") last++;
  const end = tokens[last]?.close ?? 0;
  return token.initial && ADDRESSED.test(text.slice(end, end + 12));
}

/** "Willemine ten Pas": two capitals that no list of words has, and a particle between them. */
function isWithParticle(tokens: readonly Token[], i: number): boolean {
  const [first, particle, last] = [tokens[i], tokens[i + 1], tokens[i + 2]];
  if (first === undefined || particle === undefined || last === undefined || last.gap !== " ") return false;
  if (!PARTICLE.test(particle.text) || !last.capital || first.caps || last.caps || last.word.length < 3)
    return false;
  return !first.plain && !isOther(first) && (last.known & (CLINICAL | PROPER | EPONYM)) === 0;
}
