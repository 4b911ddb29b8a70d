import { CLINICAL, EVERYDAY, FIRST_NAME, PROPER, SURNAME, TOP_SURNAME } from "../lists/lexicon.ts";
import type { Style } from "./style.ts";
import { has, isAbbreviated, isHard, isListed, isWord, type Token } from "./tokens.ts";
import { EVERYDAY_NAMES, NOBODY, PATIENT_PARTICIPLES, PERSON_VERBS, SURNAME_STOP } from "./vocabulary.ts";

/** Inside a sentence: any capital that no list of other words knows. */
export function isInnerName(tokens: readonly Token[], i: number, style: Style): boolean {
  const token = tokens[i];
  if (token === undefined || token.word.length < 2) return false;
  if (!isWord(token)) return !(token.word.length < 3 && !isListed(token)) && !isAbbreviated(token);
  if (isPaired(tokens, i) || isInitialed(tokens, i)) return true;
  if (style.headline) return !isHard(token) && has(token, FIRST_NAME);
  if (!isHard(token)) return isListed(token) && !isAbbreviated(token);
  return (isEverydayName(token) || isPlainSurname(token)) && isAlone(tokens, i);
}

/** An everyday word that with a capital is a first name before anything else. */
function isEverydayName(token: Token): boolean {
  if (
    has(token, FIRST_NAME) &&
    !has(token, EVERYDAY | CLINICAL | PROPER) &&
    !/^(?:omega|alpha|delta|gamma|beta|chi|nova|oasis)$/.test(token.word)
  )
    return true;
  return EVERYDAY_NAMES.has(token.word) && has(token, FIRST_NAME) && !SEASONS_AND_PLACES.has(token.word);
}

const SEASONS_AND_PLACES: ReadonlySet<string> = new Set(
  "may will august page guy art max penny justice chance cash king queen prince major lane river rod star sky sage tiger temple india china kenya asia cuba ireland israel georgia carolina dakota virginia ward ash van case summer winter autumn spring skip ray kit peg blue red green".split(
    " ",
  ),
);

/** A common surname that is also a word: "Banks", "Stone". */
export function isPlainSurname(token: Token): boolean {
  return has(token, TOP_SURNAME) && !has(token, CLINICAL | PROPER) && !SURNAME_STOP.has(token.word);
}

/** No number follows and no other capitals of a term stand beside it: "Park 3", "Brown Bag". */
function isAlone(tokens: readonly Token[], i: number): boolean {
  const [before, token, next] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  const term = (other: Token | undefined, gap: string | undefined) =>
    other?.capital === true && gap === " " && isHard(other) && !isListed(other) && !other.initial;
  if (
    /^(?:code|stage|phase|grade|type|class|level|team|wing|plan|step|operation|project|protocol|program|module)$/.test(
      before?.word ?? "",
    ) &&
    token?.gap === " "
  )
    return false;
  return (
    token !== undefined &&
    !term(before, token.gap) &&
    !term(next, next?.gap) &&
    !/^ ?[\d#-]/.test(next?.gap ?? "") &&
    !(next?.gap === "-")
  );
}

/** After an initial: "J. Brown", where no list, grade or vitamin ends a sentence. */
function isInitialed(tokens: readonly Token[], i: number): boolean {
  const [letter, token, next] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (
    letter === undefined ||
    token === undefined ||
    letter.word.length !== 1 ||
    !letter.capital ||
    !/^\.? ?$/.test(token.gap) ||
    token.gap === ""
  )
    return false;
  if (token.gap === " " || letter.code || NOBODY.has(token.word) || !has(token, SURNAME | FIRST_NAME))
    return false;
  if (
    /^(?:vitamin|hepatitis|type|group|plan|option|grade|class|stage|influenza|protein|factor|strep|section|part|schedule|bed|room|unit|ward|wing|building|level|category|phase|arm|cohort|point|item|appendix|table|figure|immunoglobulin|hemoglobin|flu|vit|hep|medicare|and|or)$/.test(
      tokens[i - 2]?.word ?? "",
    )
  )
    return false;
  if (!letter.initial) return true;
  return (
    !has(token, CLINICAL) &&
    (!isHard(token) ||
      (has(token, TOP_SURNAME) &&
        (next === undefined ||
          PERSON_VERBS.has(next.word) ||
          !/^ $/.test(next.gap) ||
          token.possessive ||
          PATIENT_PARTICIPLES.has(tokens[i + 2]?.word ?? ""))))
  );
}

/** At the start of a sentence, where every word has a capital. */
export function isInitialName(tokens: readonly Token[], i: number, style: Style): boolean {
  const [token, next] = [tokens[i], tokens[i + 1]];
  if (token === undefined) return false;
  if (!isWord(token))
    return (
      token.word.length > 2 &&
      !isAbbreviated(token) &&
      (isListed(token) || (!style.foreign && !/^[-/]$/.test(next?.gap ?? "")))
    );
  if (isPaired(tokens, i) || isInitialed(tokens, i)) return true;
  if (!isListed(token) || style.headline) return false;
  if (!isHard(token) && has(token, FIRST_NAME)) return true;
  const plain = EVERYDAY_NAMES.has(token.word) || !isHard(token) || isPlainSurname(token);
  if (!plain || next === undefined) return false;
  if (token.possessive) return EVERYDAY_NAMES.has(token.word) || isPlainSurname(token);
  if (/^: ?"?$/.test(next.gap)) return has(token, FIRST_NAME) && EVERYDAY_NAMES.has(token.word);
  if (next.gap !== " ") return false;
  if (/^(?:is|was|has)$/.test(next.word) && PATIENT_PARTICIPLES.has(tokens[i + 2]?.word ?? ""))
    return !isVerbToo(token) || next.word !== "is";
  return isVerbToo(token) || (isHard(token) && !EVERYDAY_NAMES.has(token.word))
    ? STRONG_VERBS.has(next.word)
    : PERSON_VERBS.has(next.word);
}

/** Verbs of which only people are the subject. */
const STRONG_VERBS: ReadonlySet<string> = new Set(
  "says said asked asks called calls denies denied reports refuses refused needs wants feels lives told came went took missed complained complains agreed consented spoke arrived fell presented states stated requested requests".split(
    " ",
  ),
);

/** Names whose other sense begins sentences: "Mark the site", "Hope is". */
function isVerbToo(token: Token): boolean {
  return /^(?:will|may|mark|grant|page|bill|chase|chance|skip|stew|rob|wade|drew|hope|grace|peg|pat|nick|sue|pierce|clay|ash|art|christian|ward|case|temple|star|sky|lane)$/.test(
    token.word,
  );
}

/** A first name followed by a possible surname or an initial: "Will Young", "Mark S.". */
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
