import { ACRONYM, CLINICAL, EPONYM, FOREIGN, PROPER } from "../lists/lexicon.ts";
import { NOUNS } from "./facility-words.ts";
import type { Token } from "./tokens.ts";
import { NOBODY, OPENERS, PARTICLES, PERSON_SLOTS, TITLES } from "./vocabulary.ts";

const NAME = 1;
const FACILITY = 3;

/** Somebody is spoken to or about right after their name: "…, please arrive", "… is fasting". */
const ADDRESSED = /^, (?:please|your?|we|our|this|it|thank|thanks|call|do|don't)(?!\p{L})/iu;
const PARTICLE = /^(?:van|von|der|den|ten|ter|de|del|della|di|da|dos|bin|ibn|bint|al|el)$/;

/**
 * Adds what stands right before a name or a place and is part of it: a first name that no list has, one that is an
 * everyday word where the person is spoken to, a name with a particle, the proper part of a hospital's name.
 */
export function takeBeside(text: string, tokens: readonly Token[], labels: Uint8Array): void {
  for (let i = tokens.length - 2; i >= 0; i--) {
    const [token, next] = [tokens[i], tokens[i + 1]];
    if (token === undefined || next === undefined || labels[i] !== 0) continue;
    if (!token.capital || token.code || token.possessive || next.gap !== " ") continue;
    if (labels[i + 1] === FACILITY && NOUNS.has(token.word)) labels[i] = FACILITY;
    else if (labels[i + 1] === NAME && next.capital && isFirstName(text, tokens, labels, i)) labels[i] = NAME;
    else if (isWithParticle(tokens, i)) for (const at of [i, i + 1, i + 2]) labels[at] = NAME;
  }
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
  return !first.plain && !isOther(first) && !isOther(last) && (last.known & EPONYM) === 0;
}

/** A title, a role, a greeting, or a word that lists know as something else than a name. */
function isOther({ word, known }: Token): boolean {
  return (
    (known & (ACRONYM | CLINICAL | PROPER | FOREIGN)) !== 0 ||
    TITLES.has(word) ||
    OPENERS.has(word) ||
    NOBODY.has(word) ||
    PERSON_SLOTS.has(word) ||
    PARTICLES.has(word)
  );
}
