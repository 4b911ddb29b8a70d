import {
  ACRONYM,
  CITY,
  CLINICAL,
  COMMON,
  EPONYM,
  FIRST_NAME,
  FOREIGN,
  EVERYDAY,
  PROPER,
  SURNAME,
  TOP_SURNAME,
} from "../lists/lexicon.ts";
import { languageOf } from "../rules/foreign/language.ts";
import { STATE_CODES } from "../rules/address.ts";
import { isResource } from "../rules/fhir.ts";
import { takeBeside } from "./beside.ts";
import { takeJoined } from "./joined.ts";
import { isMeasure, isSign } from "./measures.ts";
import { QUIET, SHOUTING, type Sentence } from "./signals.ts";
import { isListed, type Token } from "./tokens.ts";
import { NOBODY, PARTICLES, PERSON_VERBS, STANDALONE_EPONYMS, TITLES } from "./vocabulary.ts";
import { hasClinicalEnding } from "./word.ts";

const NAME = 1;
const PLACE = 2;
const FACILITY = 3;

/**
 * Adds to the names of a message their initials and particles, and the same words elsewhere in it. Takes away lone
 * eponyms before the thing that is named after them, and lone plain words in lower case where others have capitals.
 */
export function extend(text: string, tokens: readonly Token[], sentence: Sentence, labels: Uint8Array): void {
  let language: ReturnType<typeof languageOf> | undefined;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token !== undefined && labels[i] === FACILITY && isCodeSystem(text, tokens, labels, i)) labels[i] = 0;
    if (token !== undefined && labels[i] !== 0 && (isResource(token.text) || isMessageCode(text, token)))
      labels[i] = 0;
    if (token === undefined || labels[i] !== NAME) continue;
    if (isTitle(tokens, labels, i)) labels[i] = 0;
    else if (/^(?:não|há|são|está)$/i.test(token.text)) labels[i] = 0;
    else if (isForeignWord(tokens, i) && (!isListed(token) || (language ??= languageOf(text)) !== null))
      labels[i] = 0;
    else if (isGradeOf(tokens, labels, i) || isMeasure(text, tokens, i, (sentence.style & SHOUTING) !== 0))
      labels[i] = 0;
    else if (!isBesideName(tokens, labels, i) && (isNoName(tokens, sentence, i) || isSign(text, tokens, i)))
      labels[i] = 0;
  }
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined || labels[i] !== 0) continue;
    if (isTown(text, tokens, i)) labels[i] = PLACE;
    else if (isInitial(text, tokens, labels, i) || isParticle(tokens, labels, i)) labels[i] = NAME;
  }
  takeBeside(text, tokens, labels);
  takeJoined(text, tokens, labels);
  pair(tokens, labels);
  repeat(tokens, labels);
}

const IN_STATE = new RegExp(`^, ?(?:${STATE_CODES})(?![\\p{L}\\p{N}])`, "u");

/** "Miami, FL", "from Miami,", "resident of Miami", "our Miami office": a listed town with a capital where a place stands. */
function isTown(text: string, tokens: readonly Token[], i: number): boolean {
  const [before, token, after] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (
    token === undefined ||
    before === undefined ||
    !token.capital ||
    token.caps ||
    token.code ||
    token.gap !== " "
  )
    return false;
  if ((token.known & CITY) === 0 || (token.known & CLINICAL) !== 0 || token.word.length < 4) return false;
  if (IN_STATE.test(text.slice(token.end, token.end + 5))) return true;
  if (/^(?:office|branch|clinic|campus)$/.test(after?.word ?? "") && after?.gap === " ") return true;
  const ends = after === undefined || !(after.capital && after.gap === " ");
  const from =
    before.word === "from" || (before.word === "of" && /^residents?$/.test(tokens[i - 2]?.word ?? ""));
  return from && ends;
}

const AND: ReadonlySet<string> = new Set(["and", "or", "y", "und", "et", "en", "&"]);

/** "Brown and Kowalska": a possible surname, joined to a name. */
function pair(tokens: readonly Token[], labels: Uint8Array): void {
  for (let i = 1; i + 1 < tokens.length; i++) {
    const [left, and, right] = [tokens[i - 1], tokens[i], tokens[i + 1]];
    if ((labels[i - 1] === NAME) === (labels[i + 1] === NAME)) continue;
    if (left === undefined || right === undefined || !AND.has(and?.word ?? "")) continue;
    if (and?.gap !== " " || right.gap !== " " || left.caps !== right.caps) continue;
    if (labels[i - 1] === NAME && labels[i + 1] === 0 && isSurname(right)) labels[i + 1] = NAME;
    if (labels[i + 1] === NAME && labels[i - 1] === 0 && isSurname(left) && !left.initial)
      labels[i - 1] = NAME;
  }
}

function isSurname(token: Token): boolean {
  return (
    token.capital &&
    !token.code &&
    (token.known & SURNAME) !== 0 &&
    (token.known & (CLINICAL | PROPER)) === 0 &&
    !NOBODY.has(token.word)
  );
}

function isBesideName(tokens: readonly Token[], labels: Uint8Array, i: number): boolean {
  const joins = (gap: string | undefined): boolean =>
    gap !== undefined && /^(?:[ .'-]{1,2}|, ?|\^+)$/.test(gap);
  return (
    (labels[i - 1] === NAME && joins(tokens[i]?.gap)) || (labels[i + 1] === NAME && joins(tokens[i + 1]?.gap))
  );
}

/** "RxCUI 1191": one coined word with a number is no place of care. */
function isCodeSystem(text: string, tokens: readonly Token[], labels: Uint8Array, i: number): boolean {
  const token = tokens[i];
  if (token === undefined || labels[i - 1] === FACILITY || labels[i + 1] === FACILITY) return false;
  return (token.camel || token.caps) && /^:? ?\d/.test(text.slice(token.close, token.close + 3));
}

/** What segments of HL7 v2 are called, but for those with a figure. */
const SEGMENTS: ReadonlySet<string> = new Set(
  "msh pid evn orc obr obx nte mrg msa err sch aip ail ais aig rgs txa spm rxa rxe rxo rxr rxd rxc rol stf pra fhs bhs fts bts dsc qak qrd qrf qpd rcp sft ctd drg iam mfi mfe npu prb prd rdf rdt sac tcd acc".split(
    " ",
  ),
);

/** "EVN|A12", "ORU^R01": a segment of HL7 v2 by its name, or a kind of message. */
function isMessageCode(text: string, { word, start, caps, close }: Token): boolean {
  if (!caps || word.length !== 3) return false;
  if (text.charAt(close) === "|" && SEGMENTS.has(word))
    return start === 0 || /[\n\r]/.test(text.charAt(start - 1));
  return /^\^[A-Z]\d\d(?![\w^])/.test(text.slice(close, close + 5));
}

/** "Mrs. Okafor": the title may stand. */
function isTitle(tokens: readonly Token[], labels: Uint8Array, i: number): boolean {
  const next = tokens[i + 1];
  return labels[i + 1] === NAME && TITLES.has(tokens[i]?.word ?? "") && /^\.? $/.test(next?.gap ?? "");
}

/** A word of another language that stands neither after a title nor before a listed name. */
function isForeignWord(tokens: readonly Token[], i: number): boolean {
  const [before, token, after] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (token === undefined || (token.known & FOREIGN) === 0 || TITLES.has(before?.word ?? "")) return false;
  if (PARTICLES.has(token.word) && after?.gap === " " && after.capital) return false;
  if (before?.gap !== undefined && token.gap === " " && (before.known & FIRST_NAME) !== 0 && before.capital)
    return false;
  return !(
    after?.gap === " " &&
    after.capital &&
    (after.known & FOREIGN) === 0 &&
    (token.known & FIRST_NAME) !== 0
  );
}

/** The letter in "Weber B", once "Weber" is known for no name. */
function isGradeOf(tokens: readonly Token[], labels: Uint8Array, i: number): boolean {
  const before = tokens[i - 1];
  const token = tokens[i];
  if (before === undefined || token?.word.length !== 1 || token.gap !== " ") return false;
  return labels[i - 1] === 0 && (before.known & EPONYM) !== 0;
}

/** Words that are no name by themselves, whatever stands around them. */
function isNoName(tokens: readonly Token[], { firm, style }: Sentence, i: number): boolean {
  const [token, next] = [tokens[i], tokens[i + 1]];
  if (token === undefined) return false;
  const listed = isListed(token);
  if (/^(?:patients?|pts?|nurses?|doctors?|residents?)$/.test(token.word)) return true;
  const shouting = (style & SHOUTING) !== 0;
  if (
    STANDALONE_EPONYMS.has(token.word) &&
    (token.known & TOP_SURNAME) === 0 &&
    (next?.gap !== " " || (shouting && isBorneByFew(token)))
  )
    return true;
  if (firm.has(i) || (token.word.length === 1 && !token.capital)) return true;
  if (!listed && isPlain(token) && !TITLES.has(tokens[i - 1]?.word ?? "")) return true;
  if (
    token.caps &&
    (token.known & ACRONYM) !== 0 &&
    (!shouting || token.word.length === 2 || (token.word.length < 5 && isBorneByFew(token))) &&
    !TITLES.has(tokens[i - 1]?.word ?? "")
  )
    return true;
  if (!token.capital) return token.plain && (token.known & FIRST_NAME) === 0 && (style & QUIET) === 0;
  return (
    token.initial &&
    VERBS_TOO.test(token.word) &&
    next?.gap === " " &&
    !next.capital &&
    !PERSON_VERBS.has(next.word)
  );
}

const isBorneByFew = ({ lastRank, firstRank }: Token): boolean =>
  firstRank === 0 && (lastRank === 0 || lastRank > 3);

/** An everyday or a clinical word. One with a capital that is merely in a large dictionary can be a name. */
function isPlain({ word, capital, caps, known, plain }: Token): boolean {
  if (!plain) return false;
  return !capital || caps || (known & (EVERYDAY | COMMON | CLINICAL)) !== 0 || hasClinicalEnding(word);
}

/** Names whose other sense begins sentences: "Will refer", "Mark the site". */
const VERBS_TOO =
  /^(?:will|may|mark|grant|page|bill|chase|chance|skip|rob|wade|drew|peg|pat|pierce|ward|case)$/;

/** "Alan S.", "Erica N, 35", "J. Okafor". */
function isInitial(text: string, tokens: readonly Token[], labels: Uint8Array, i: number): boolean {
  const token = tokens[i];
  if (token === undefined || token.word.length !== 1 || !token.capital || token.code) return false;
  const next = tokens[i + 1];
  const after = text.slice(token.end, token.end + 2);
  if (
    labels[i - 1] === NAME &&
    /^,? ?$/.test(token.gap) &&
    tokens[i - 1]?.possessive === false &&
    token.text !== "I"
  )
    return /^(?:[.,;:)\n]|$)/.test(after) || (labels[i + 1] === NAME && next?.gap === " ");
  return labels[i + 1] === NAME && next !== undefined && /^\. ?$/.test(next.gap);
}

/** "Willemine ten Pas": a particle, or a letter, between two words of a name. */
function isParticle(tokens: readonly Token[], labels: Uint8Array, i: number): boolean {
  const token = tokens[i];
  const next = tokens[i + 1];
  if (token === undefined || next === undefined || labels[i - 1] !== NAME || token.gap !== " ") return false;
  if (!PARTICLES.has(token.word) && token.word.length > 1) return false;
  if (labels[i + 1] === NAME) return /^\.? $/.test(next.gap);
  return labels[i + 2] === NAME && PARTICLES.has(next.word) && next.gap === " " && tokens[i + 2]?.gap === " ";
}

/** A name found once is a name wherever it stands, unless it is a common word there. */
function repeat(tokens: readonly Token[], labels: Uint8Array): void {
  const names = new Set<string>();
  tokens.forEach((token, i) => {
    if (labels[i] === NAME && token.word.length > 2) names.add(token.word);
  });
  tokens.forEach((token, i) => {
    if (labels[i] !== 0 || token.code || !names.has(token.word)) return;
    if (!token.plain || (token.capital && !token.initial && !token.caps)) labels[i] = NAME;
  });
}
