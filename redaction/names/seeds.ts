import { CITY, EPONYM, FIRST_NAME, SURNAME } from "../lists/lexicon.ts";
import { has, isAcronym, isHard, isListed, isWord, type Token } from "./tokens.ts";
import {
  CREDENTIALS,
  EVERYDAY_NAMES,
  NOBODY,
  OPENERS,
  PARTICLES,
  PERSON_SLOTS,
  PERSON_VERBS,
  TITLES,
} from "./vocabulary.ts";

/** How the message is written, which says what a capital means. */
export interface Style {
  /** (Nearly) all capitals: a capital says nothing. */
  shouting: boolean;
  /** No capitals at all. */
  quiet: boolean;
  /** Most words begin with one, as in a heading. */
  headline: boolean;
}

export function styleOf(tokens: readonly Token[]): Style {
  let long = 0;
  let caps = 0;
  let capitals = 0;
  let inner = 0;
  for (const token of tokens) {
    if (token.word.length < 4) continue;
    long++;
    if (token.caps) caps++;
    if (token.capital) capitals++;
    if (token.capital && !token.initial && isHard(token) && !has(token, FIRST_NAME)) inner++;
  }
  return {
    shouting: long > 1 && caps >= 0.7 * long,
    quiet: capitals === 0,
    headline: long > 3 && inner >= 0.45 * long,
  };
}

/** Whether the token at `i` is a name by what it is and where it stands, before its neighbours are tried. */
export function isSeed(tokens: readonly Token[], i: number, style: Style): boolean {
  const token = tokens[i];
  if (token === undefined || token.code || token.camel || compounds(tokens, i)) return false;
  const slot = slotBefore(tokens, i);
  if (slot !== "title" && isThing(tokens, i)) return false;
  if (slot !== "none" && fills(token, slot, style)) return true;
  if (
    credentialAfter(tokens, i) &&
    token.capital &&
    !NOBODY.has(token.word) &&
    (!isHard(token) || isListed(token))
  )
    return true;
  if (token.word.length < 2) return false;
  if (!token.capital) return isLowerName(tokens, i);
  if (token.caps && !style.shouting) return isCapsName(tokens, i);
  if (style.shouting) return isShoutedName(tokens, i);
  if (!token.initial) return isInnerName(tokens, i, style);
  return isInitialName(tokens, i, style);
}

/** Half of a compound whose other half is a word: "Mini-Mental". */
function compounds(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  const next = tokens[i + 1];
  if (token === undefined) return false;
  const other = next?.gap === "-" ? next : token.gap === "-" ? tokens[i - 1] : undefined;
  return other !== undefined && !has(token, FIRST_NAME) && isHard(other) && !isListed(other);
}

/** "Juno panel", "Elin score": a thing named like a person. */
function isThing(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  const next = tokens[i + 1];
  return (
    token?.possessive === false &&
    next?.gap === " " &&
    !next.capital &&
    /^(?:panel|procedure|tablets?|capsules?|cream|gel|syndrome|score|scale|test|assay|trial|study|protocol|kit|device|system|app|pump|catheter|stent|valve|implant|injection|infusion|solution|vaccine|software|server|module|interface|platform|api|version|mask|tube|drain|needle|dressing|bed|monitor|method|technique|criteria|index|virus|strain|antigen|antibody|factor|regimen|questionnaire|inventory|exam|device|diet|formula|reaction|stain|agar|phenomenon)$/.test(
      next.word,
    )
  );
}

type Slot = "title" | "opener" | "person" | "none";

function slotBefore(tokens: readonly Token[], i: number): Slot {
  const token = tokens[i];
  const before = tokens[i - 1];
  if (token === undefined || before === undefined) return "none";
  if (TITLES.has(before.word) && /^\.? ?$/.test(token.gap) && (before.capital || token.capital))
    return "title";
  if (/^(?:\.? |: ?|, | - ?|: ?"|, ?"| ")$/.test(token.gap) && OPENERS.has(before.word) && !before.possessive)
    return "opener";
  if (/^\? ?(?:\w+: ?)?$/.test(token.gap) && /^(?:name|surname)$/.test(before.word)) return "opener";
  if (
    /^(?:is|was|are|:)$/.test(before.word) &&
    tokens[i - 2] !== undefined &&
    /^(?:name|names|surname|called)$/.test(tokens[i - 2]?.word ?? "")
  )
    return "opener";
  if (/^(?: |: ?|\. |: ?"|\()$/.test(token.gap) && PERSON_SLOTS.has(before.word) && !before.possessive)
    return token.gap === ". " && token.initial ? "none" : "person";
  return "none";
}

function fills(token: Token, slot: Slot, style: Style): boolean {
  if (NOBODY.has(token.word) || (CREDENTIALS.has(token.word) && token.caps)) return false;
  if (slot === "title") return token.capital ? true : !isWord(token) || isListed(token);
  if (style.shouting) return !isHard(token) && !isAcronym(token);
  if (token.capital) {
    if (token.caps && (isAcronym(token) || (!isListed(token) && token.word.length < 6))) return false;
    if (slot === "opener") return !isWord(token) || isListed(token);
    return (
      !abbreviated(token) &&
      (!isWord(token) || (!isHard(token) && isListed(token)) || EVERYDAY_NAMES.has(token.word))
    );
  }
  return (
    !isWord(token) &&
    !isAcronym(token) &&
    token.word.length > 2 &&
    !PARTICLES.has(token.word) &&
    (isListed(token) || slot === "opener" || token.word.length > 3) &&
    !has(token, EPONYM)
  );
}

function credentialAfter(tokens: readonly Token[], i: number): boolean {
  const next = tokens[i + 1];
  return (
    next !== undefined &&
    CREDENTIALS.has(next.word) &&
    /^,? $/.test(next.gap) &&
    (next.caps || /^(?:Jr|Sr|PhD|PharmD|Esq)$/.test(next.text)) &&
    !/^(?:ot|pt|od|do|rd|edd|ii|iii|iv|dc|np|pa)$/.test(next.word) === true
  );
}

/** Inside a sentence: any capital that no list of other words knows. */
function isInnerName(tokens: readonly Token[], i: number, style: Style): boolean {
  const token = tokens[i];
  if (token === undefined || token.word.length < 2) return false;
  if (!isWord(token)) return !(token.word.length < 3 && !isListed(token)) && !abbreviated(token);
  if (isHard(token))
    return EVERYDAY_NAMES.has(token.word) &&
      !style.headline &&
      has(token, FIRST_NAME) &&
      !/^(?:may|will|august|faith|page|guy|love|art|max|penny|grace|hope|charity|justice|may|mercy|christian|chance|cash|crystal|king|queen|prince|major|lane|river|rod|star|sky|sage|aspen|tiger|angel|temple|india|china|kenya|asia|cuba|ireland|israel|georgia|carolina|dakota|virginia|lincoln|jackson|madison|hudson|olive|ward|ash|van|marina|case|summer|winter|autumn|spring|skip|guy|earl|dean|ray|jay|kit|peg|pat|fern|jade|pearl|ruby|amber|opal|coral)$/.test(
        token.word,
      )
      ? true
      : isPaired(tokens, i);
  return isListed(token) ? !style.headline || has(token, FIRST_NAME) : false;
}

/** An abbreviation with no vowel: "Mgmt", "Tx". */
function abbreviated(token: Token): boolean {
  return !/[aeiouy]/.test(token.word) && /^[a-z]+$/.test(token.word) && token.word !== "ng";
}

/** At the start of a sentence, where every word has a capital. */
function isInitialName(tokens: readonly Token[], i: number, style: Style): boolean {
  const token = tokens[i];
  if (token === undefined) return false;
  const next = tokens[i + 1];
  if (!isWord(token))
    return (
      token.word.length > 2 && !abbreviated(token) && (isListed(token) || !/^[-/]$/.test(next?.gap ?? ""))
    );
  if (!isListed(token) || style.headline) return isPaired(tokens, i);
  if (!isHard(token) && has(token, FIRST_NAME)) return true;
  return (
    isPaired(tokens, i) ||
    (next !== undefined &&
      next.gap === " " &&
      (EVERYDAY_NAMES.has(token.word) || !isHard(token)) &&
      (isVerbToo(token)
        ? /^(?:says?|said|has|asked|asks|called|calls|denies|denied|reports|refuses|refused|needs|wants|feels|lives|told|came|went|took|missed)$/
        : /^\w/
      ).test(next.word) &&
      PERSON_VERBS.has(next.word)) ||
    (token.possessive && EVERYDAY_NAMES.has(token.word)) ||
    (/^: ?"?$/.test(next?.gap ?? "") && has(token, FIRST_NAME) && EVERYDAY_NAMES.has(token.word))
  );
}

/** Names whose other sense begins sentences: "Mark the site", "Hope is". */
function isVerbToo(token: Token): boolean {
  return /^(?:will|may|mark|grant|page|bill|chase|chance|skip|stew|rob|wade|drew|hope|grace|peg|pat|nick|sue|pierce|clay|ash|art|christian|ward|case|temple|star|sky|lane)$/.test(
    token.word,
  );
}

/** A first name followed by what can be a surname or an initial: "Will Young", "Mark S.". */
function isPaired(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  const next = tokens[i + 1];
  if (token === undefined || next === undefined || !has(token, FIRST_NAME) || token.possessive || next.code)
    return false;
  if (!/^(?:\.? |, | - )$/.test(next.gap) || !next.capital || next.initial) return false;
  if (next.gap !== " ") return false;
  if (next.word.length === 1) return EVERYDAY_NAMES.has(token.word) || !isHard(token);
  if (NOBODY.has(next.word) || (next.caps && !token.caps)) return false;
  if (!isWord(next)) return true;
  return (
    has(next, SURNAME) &&
    (!isHard(next) || (EVERYDAY_NAMES.has(token.word) && token.word !== "may" && token.word !== "will")) &&
    (EVERYDAY_NAMES.has(token.word) || !isHard(token))
  );
}

/** Lower case: a first name that is no word, a pair, or first names seldom used as words. */
function isLowerName(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  if (
    token === undefined ||
    token.word.length < 4 ||
    isHard(token) ||
    isAcronym(token) ||
    (has(token, EPONYM | CITY) && !has(token, FIRST_NAME))
  )
    return false;
  if (!has(token, FIRST_NAME) || /[-/]$/.test(token.gap)) return false;
  if (!isWord(token)) return true;
  const next = tokens[i + 1];
  return (
    LOWER_NAMES.has(token.word) ||
    (next !== undefined && next.gap === " " && has(next, SURNAME) && !isHard(next))
  );
}

/** First names that dictionaries list as words too, but messages hardly use so. */
const LOWER_NAMES: ReadonlySet<string> = new Set(
  "john timothy peter henry carl roger terry benjamin larry billy louis bobby johnny jimmy tony kyle troy derrick lewis hector brent charlie eugene franklin nelson morris perry homer cesar kelvin noel spencer josh phil maxwell brock graham romeo clement nancy jessica betty helen dorothy ruth sharon michelle laura deborah cynthia angela melissa brenda amy anna rebecca kathleen pamela martha debra amanda stephanie carolyn christine janet catherine frances joyce diane alice julie teresa doris evelyn jean cheryl mildred katherine joan ashley judith andrea jacqueline wanda maria margaret susan linda barbara elizabeth jennifer".split(
    " ",
  ),
);

/** All capitals in a message that is not: a listed name of some length, or a pair of them. */
function isCapsName(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  if (token === undefined || isAcronym(token) || isHard(token)) return false;
  const paired = [tokens[i - 1], tokens[i + 1]].some(
    (other) =>
      other?.caps === true && other.word.length > 2 && isListed(other) && !isHard(other) && !isAcronym(other),
  );
  if (!isListed(token)) return false;
  if (has(token, FIRST_NAME) && !isWord(token) && token.word.length > 3) return true;
  return token.word.length > 4 && !isWord(token) ? true : paired && token.word.length > 2;
}

function isShoutedName(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  if (token === undefined || isAcronym(token) || isHard(token) || token.word.length < 3) return false;
  if (!isWord(token)) return token.word.length > 3 || has(token, FIRST_NAME);
  return (
    has(token, FIRST_NAME) &&
    (LOWER_NAMES.has(token.word) ||
      (tokens[i + 1] !== undefined &&
        has(tokens[i + 1] ?? token, SURNAME) &&
        !isHard(tokens[i + 1] ?? token)))
  );
}
