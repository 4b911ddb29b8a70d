import {
  CITY,
  CLINICAL,
  EPONYM,
  EVERYDAY,
  FIRST_NAME,
  PROPER,
  SURNAME,
  TOP_FIRST_NAME,
  TOP_SURNAME,
} from "../lists/lexicon.ts";
import { has, isAcronym, isHard, isListed, isWord, type Token } from "./tokens.ts";
import {
  CREDENTIALS,
  EVERYDAY_NAMES,
  NOBODY,
  OPENERS,
  PARTICLES,
  PATIENT_PARTICIPLES,
  PERSON_SLOTS,
  PERSON_VERBS,
  SURNAME_STOP,
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
  /** Hardly any word is English. */
  foreign: boolean;
}

export function styleOf(tokens: readonly Token[]): Style {
  let long = 0;
  let caps = 0;
  let capitals = 0;
  let inner = 0;
  let strange = 0;
  let plain = 0;
  for (const token of tokens) {
    if (!token.capital) {
      if (
        ROMANCE.has(token.word) ||
        (token.word.length > 3 && !isWord(token) && !isListed(token) && !isAcronym(token))
      )
        strange++;
      else if (has(token, EVERYDAY)) plain++;
    }
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
    foreign: strange > 1 && plain === 0,
  };
}

const ROMANCE: ReadonlySet<string> = new Set(
  "de del la el los las da do dos das em com por para que le les et un una und der die das mit von con sin".split(
    " ",
  ),
);

/** Whether the token at `i` is a name by what it is and where it stands, before its neighbours are tried. */
export function isSeed(tokens: readonly Token[], i: number, style: Style): boolean {
  const token = tokens[i];
  if (token === undefined || token.code || token.camel || compounds(tokens, i)) return false;
  if (!token.capital && isHard(token) && !has(token, TOP_FIRST_NAME)) return false;
  const slot = slotBefore(tokens, i);
  if (slot !== "title" && (isThing(tokens, i) || isDrug(tokens, i))) return false;
  if (slot !== "none" && fills(token, slot, style)) return true;
  if (
    credentialAfter(tokens, i) &&
    token.capital &&
    !NOBODY.has(token.word) &&
    (!isHard(token) || isListed(token))
  )
    return true;
  if (token.word.length < 2) return false;
  if (!token.capital) return !style.foreign && isLowerName(tokens, i);
  if (token.gap.endsWith("@") && (!isHard(token) || (token.capital && isListed(token)))) return true;
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

/** An unlisted word where a drug is meant: "start Xyzal", "Xyzal 5 mg". */
function isDrug(tokens: readonly Token[], i: number): boolean {
  const [before, token, next] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (token === undefined || isListed(token)) return false;
  if (
    /^ \d[\d.,]{0,7} ?$/.test(next?.gap ?? "") &&
    /^(?:mg|mcg|g|ml|units?|iu|tabs?|tablets?|caps|puffs?|drops|patch|meq|mmol)$/.test(next?.word ?? "")
  )
    return true;
  return (
    token.gap === " " &&
    /^(?:consider|start|starting|started|restart|continue|continued|discontinue|discontinued|stop|stopped|hold|held|resume|resumed|taper|titrate|prescribe|prescribed|dispense|dispensed|refill|taking|takes|took|dose|doses)$/.test(
      before?.word ?? "",
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
  if (
    /^: ?"?$/.test(token.gap) &&
    (PERSON_SLOTS.has(before.word) ||
      /^(?:re|fw|fwd|cc|bcc|subject|member|user|sender|author|caller|reviewer|operator|mr|approver|requester|owner|driver|employee|tenant|lead)$/.test(
        before.word,
      ))
  )
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
  if (isPaired(tokens, i) || isInitialed(tokens, i)) return true;
  if (style.headline) return !isHard(token) && has(token, FIRST_NAME);
  if (!isHard(token)) return isListed(token);
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
function isPlainSurname(token: Token): boolean {
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

/** An abbreviation with no vowel: "Mgmt", "Tx". */
function abbreviated(token: Token): boolean {
  return !/[aeiouy]/.test(token.word) && /^[a-z]+$/.test(token.word) && token.word !== "ng";
}

/** At the start of a sentence, where every word has a capital. */
function isInitialName(tokens: readonly Token[], i: number, style: Style): boolean {
  const [token, next] = [tokens[i], tokens[i + 1]];
  if (token === undefined) return false;
  if (!isWord(token))
    return (
      token.word.length > 2 &&
      !abbreviated(token) &&
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

/** What only people do. */
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

/** Lower case: a listed name that is no word, a pair, or first names seldom used as words. */
function isLowerName(tokens: readonly Token[], i: number): boolean {
  const [before, token, next] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (
    token === undefined ||
    token.word.length < 4 ||
    isAcronym(token) ||
    has(token, CLINICAL | PROPER) ||
    /[-/]$/.test(token.gap)
  )
    return false;
  const surname = next !== undefined && next.gap === " " && !next.capital && !next.code && has(next, SURNAME);
  if (has(token, FIRST_NAME)) {
    if (!isWord(token)) return !has(token, EPONYM) || surname;
    if (LOWER_NAMES.has(token.word)) return true;
    if (surname && !isHard(token) && !isHard(next)) return true;
    if (
      surname &&
      has(token, TOP_FIRST_NAME) &&
      ((!isWord(next) && next.word.length > 3) ||
        (before !== undefined &&
          token.gap === " " &&
          PERSON_SLOTS.has(before.word) &&
          EVERYDAY_NAMES.has(token.word) &&
          has(next, TOP_SURNAME) &&
          !has(next, CLINICAL | PROPER)))
    )
      return true;
  }
  if (has(token, SURNAME) && !isWord(token) && token.word.length > 4 && !has(token, EPONYM | CITY))
    return true;
  return (
    isStrange(token) &&
    (token.possessive ||
      (next?.gap === " " && isStrange(next)) ||
      (token.gap === " " && isStrange(before)) ||
      (token.initial && next?.gap === " " && PERSON_VERBS.has(next.word)))
  );
}

/** In lower case and in no list at all. */
function isStrange(token: Token | undefined): boolean {
  return (
    token !== undefined &&
    !token.capital &&
    !token.code &&
    !token.camel &&
    token.word.length > 3 &&
    (token.known & ~(SURNAME | FIRST_NAME | TOP_SURNAME | TOP_FIRST_NAME)) === 0 &&
    !isWord(token) &&
    !abbreviated(token)
  );
}

/** First names that dictionaries list as words too, but messages hardly use so. */
const LOWER_NAMES: ReadonlySet<string> = new Set(
  "john timothy peter henry carl roger terry benjamin larry billy louis bobby johnny jimmy tony kyle troy derrick lewis hector brent charlie eugene franklin nelson morris perry homer cesar kelvin noel spencer josh phil maxwell brock graham romeo clement nancy jessica betty helen dorothy ruth sharon michelle laura deborah cynthia angela melissa brenda amy anna rebecca kathleen pamela martha debra amanda stephanie carolyn christine janet catherine frances joyce diane alice julie teresa doris evelyn jean cheryl mildred katherine joan ashley judith andrea jacqueline wanda maria margaret susan linda barbara elizabeth jennifer".split(
    " ",
  ),
);

/** All capitals in a message that is not: a listed name of some length, a pair of them, or a long unknown. */
function isCapsName(tokens: readonly Token[], i: number): boolean {
  const [before, token, next] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (token === undefined || isAcronym(token)) return false;
  const pair = (first: Token | undefined, last: Token | undefined) =>
    first?.caps === true &&
    last?.caps === true &&
    /^,? $/.test(last.gap) &&
    ((has(first, TOP_FIRST_NAME) && has(last, TOP_SURNAME) && !isAcronym(first) && !isAcronym(last)) ||
      (has(first, TOP_SURNAME) && has(last, TOP_FIRST_NAME) && last.gap === ", "));
  if (pair(token, next) || pair(before, token)) return true;
  if (isHard(token)) return false;
  if (!isListed(token))
    return (
      !isWord(token) &&
      token.word.length > 5 &&
      !abbreviated(token) &&
      !/^[-/]$/.test(next?.gap ?? "") &&
      !/[-/(]$/.test(token.gap) &&
      !/^(?:trial|study|score|regimen|protocol|criteria|therapy|system|scale|chemo|server|file|message|error|mode|variable|table|api)$/.test(
        next?.word ?? "",
      )
    );
  if (has(token, FIRST_NAME) && !isWord(token) && token.word.length > 3) return true;
  const paired = [before, next].some(
    (other) =>
      other?.caps === true && other.word.length > 2 && isListed(other) && !isHard(other) && !isAcronym(other),
  );
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
