import type { Candidate } from "../kinds.ts";
import {
  CITY,
  CLINICAL,
  COMMON,
  ENGLISH,
  EVERYDAY,
  FACILITY,
  FIRST_NAME,
  PROPER,
  SURNAME,
  lookup,
} from "../lists/lexicon.ts";
import { has, isAcronym, isHard, isWord, type Token } from "./tokens.ts";

const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));
const STATES = words(
  "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia washington wisconsin wyoming",
);
/** Words that make the capitals before them a place of care. */
const NOUNS = words(
  "hospital hospitals healthcenter medicalcenter healthsystem hosp clinic clinics infirmary hospice healthcare healthplex sanatorium polyclinic dispensary medcenter pharmacy drugstore laboratory laboratories labs rehabilitation rehab ambulatory orthopedics orthopaedics pediatrics dermatology cardiology oncology radiology imaging dental dentistry physicians associates wellness surgicenter surgery memorial presbyterian methodist university college school institute foundation center centre ctr cntr centers manor nursing health medical med medicine general gen campus lodge hc mc",
);
/** Of these, the ones that need a proper name before them or a second of their kind after. */
const WEAK = words(
  "rehabilitation rehab ambulatory orthopedics orthopaedics pediatrics dermatology cardiology oncology radiology imaging dental dentistry physicians associates wellness surgery memorial university college school institute foundation center centre ctr cntr centers manor nursing health medical med medicine general gen campus lodge laboratory laboratories labs pharmacy healthcare rehab hc mc",
);
/** Departments and kinds of care: "Pain Clinic", "Primary Care Center" name no place by themselves. */
const GENERIC = words(
  "primary urgent emergency acute intensive critical ambulatory outpatient inpatient day walk in same pain wound fracture antenatal prenatal maternity mother baby women womens men mens children childrens child adult senior geriatric pediatric family internal general community regional local main mental behavioral public home long term post acute skilled nursing memory palliative hospice anticoagulation coumadin warfarin diabetes diabetic cardiac heart stroke cancer infusion dialysis transplant trauma burn sleep weight asthma travel flu vaccine vaccination covid screening mobile virtual online telehealth specialty specialist surgical surgery medical clinical health care center clinic hospital university teaching medicine school pharmacy lab laboratory department unit ward national american federal world human services disease control prevention allergy foot eye ear dental hand spine hip knee bone joint vascular vein blood pressure memory pre post op admission discharge the our your my your this that each every any a an hub command call contact data help support service learning testing test referral birth birthing fertility breast lung liver kidney brain skin injury occupational student employee nurse doctor physician patient rehab rehabilitation therapy physical treatment research information poison crisis fitness vision hearing speech prosthetics wellness nutrition education training college institute",
);
const STARTS = words(
  "visit contact call collect see come go attend from at to in the our your admitted seen transfer transferred transferring dear please dr drs mr mrs ms by with and for of on notify page fax via per referred refer patient pt",
);
const LOWER_NOUNS = words(
  "clinic hospital office branch campus location site practice pharmacy facility ed er urgent infirmary hospice center centre",
);
/** What may stand between the capitals of a place's name. */
const LINKS = words("of the and for at de la del y in");
const AT = words(
  "at from to in near visiting visited admitted seen treated evaluated via @ through outside leaving left reached with of by toward towards around per for our live lives living lived moved resides residing resident",
);
const LIVES = words(
  "in from near at to of around outside toward towards downtown our live lives moved visiting visited reside resides residing city town born via through is was",
);
const COMPASS = words(
  "north south east west northern southern eastern western new fort port mount mt st saint san santa los las el la le lake palm grand upper lower central greater downtown",
);

/**
 * Facilities, cities and neighbourhoods. Returns the tokens they take; those in `kept` are never theirs.
 */
export function findPlaces(
  text: string,
  tokens: readonly Token[],
  kept: ReadonlySet<number>,
  found: Candidate[],
): Set<number> {
  const taken = new Set<number>();
  const take = (from: number, to: number, kind: "facility" | "geo", score: number): void => {
    const first = tokens[from];
    const last = tokens[to];
    if (first === undefined || last === undefined) return;
    for (let i = from; i <= to; i++) taken.add(i);
    found.push({ start: first.start, end: last.close, kind, score });
  };
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined || taken.has(i) || kept.has(i)) continue;
    if (!token.capital && !has(token, CITY) && !NOUNS.has(token.word) && !LOWER_NOUNS.has(token.word))
      continue;
    const saint = saintAt(tokens, i);
    if (saint > i) take(i, saint, "facility", 0.7);
    if (NOUNS.has(token.word)) facilityAt(tokens, i, take);
    else if (LOWER_NOUNS.has(token.word) && !token.capital) facilityAt(tokens, i, take);
    if (taken.has(i)) continue;
    const listed = phraseAt(tokens, i, FACILITY, 4);
    if (listed >= i && isListedFacility(tokens, i, listed)) take(i, listed, "facility", 0.7);
    if (!taken.has(i)) cityAt(text, tokens, i, take);
  }
  return taken;
}

type Take = (from: number, to: number, kind: "facility" | "geo", score: number) => void;

/** The last token of the longest listed phrase that begins at `i`, or −1. */
function phraseAt(tokens: readonly Token[], i: number, flag: number, most: number): number {
  const first = tokens[i];
  if (first === undefined || !first.capital || first.code) return -1;
  let phrase = first.word;
  let last = (lookup(phrase) & flag) !== 0 ? i : -1;
  for (let j = i + 1; j < i + most; j++) {
    const token = tokens[j];
    const before = tokens[j - 1];
    if (token === undefined || before === undefined || !/^(?: |-|\. | & |\+|')$/.test(token.gap)) break;
    phrase += (before.possessive ? "'s" : "") + token.gap + token.word;
    if ((lookup(phrase) & flag) !== 0 || (token.possessive && (lookup(`${phrase}'s`) & flag) !== 0)) last = j;
  }
  return last;
}

function isListedFacility(tokens: readonly Token[], i: number, last: number): boolean {
  if (last > i) return true;
  const token = tokens[i];
  const before = tokens[i - 1];
  if (token === undefined || before === undefined) return false;
  if (token.gap === "-") return false;
  if (token.caps && token.word.length > 2 && !isAcronym(token)) return true;
  if (has(token, FIRST_NAME) && tokens[i + 1]?.capital === true && tokens[i + 1]?.gap === " ") return false;
  return (
    !token.initial &&
    /^ $/.test(token.gap) &&
    AT.has(before.word) &&
    !(isHard(token) && !token.caps && !token.capital)
  );
}

/** "St. Mary's", "Saint Joseph", "Mt. Zion": a place unless a wort, a street or a disease. */
function saintAt(tokens: readonly Token[], i: number): number {
  const token = tokens[i];
  const next = tokens[i + 1];
  if (token === undefined || next === undefined || !token.capital || !next.capital || next.initial) return -1;
  if (!/^(?:st|saint|mt|mount|sts)$/.test(token.word) || !/^\.? $/.test(next.gap)) return -1;
  const after = tokens[i + 2];
  if (after !== undefined && /^(?:wort|street|avenue|disease|syndrome|dance|fire)$/.test(after.word))
    return -1;
  return i + 1;
}

function facilityAt(tokens: readonly Token[], i: number, take: Take): void {
  const noun = tokens[i];
  if (noun === undefined || noun.code) return;
  let from = i;
  let proper = 0;
  for (let j = i - 1; j >= 0 && j > i - 9; j--) {
    const token = tokens[j];
    const next = tokens[j + 1];
    if (
      token === undefined ||
      next === undefined ||
      !/^(?: |-| & |\. | - |\+|\/|')$/.test(next.gap) ||
      (next.initial && next.gap !== ". ")
    )
      break;
    if (next.gap === ". " && !/^(?:st|mt|ft|med|univ|gen|ste|dr)$/.test(token.word)) break;
    if (token.code) break;
    if (!token.capital) {
      if (
        !noun.capital ||
        !/^(?:of|the|and|for|de|la|del|at)$/.test(token.word) ||
        tokens[j - 1]?.capital !== true ||
        token.word === "at" ||
        token.word === "for"
      )
        break;
      const other = tokens[j - 1];
      if (other === undefined || !(NOUNS.has(other.word) || token.word !== "and")) break;
      continue;
    }
    if ((token.initial || STARTS.has(token.word)) && (STARTS.has(token.word) || isVerb(token))) break;
    if (token.initial && next.gap === " " && isVerb(token)) break;
    if (isAcronym(token) && token.caps && !noun.capital && !has(token, FACILITY)) break;
    if (!(GENERIC.has(token.word) || has(token, CLINICAL)) || (token.possessive && token.capital)) proper++;
    from = j;
  }
  let to = i;
  let nouns = 1;
  for (let j = i + 1; j < tokens.length && j < i + 9; j++) {
    const token = tokens[j];
    const before = tokens[j - 1];
    if (token === undefined || before === undefined || token.code || token.initial) break;
    if (NOUNS.has(token.word) && /^(?: |\.? | - |-)$/.test(token.gap) && (token.capital || !noun.capital)) {
      to = j;
      nouns++;
      continue;
    }
    if (!noun.capital) break;
    if (
      token.capital &&
      /^(?: | - |-| & |\/)$/.test(token.gap) &&
      !before.possessive &&
      (NOUNS.has(before.word) || LINKS.has(before.word) || j > to) &&
      !isVerb(token) &&
      !STARTS.has(token.word)
    ) {
      if (
        isWord(token) &&
        !has(token, CITY | SURNAME) &&
        !GENERIC.has(token.word) &&
        !/^(?:partners|system|systems|network|group|services|alliance|trust|north|south|east|west|department|dept|unit|pavilion|tower|building|village|plaza)$/.test(
          token.word,
        )
      )
        break;
      to = j;
      if (LINKS.has(before.word)) proper++;
      continue;
    }
    const next = tokens[j + 1];
    if (
      LINKS.has(token.word) &&
      token.gap === " " &&
      next !== undefined &&
      next.gap === " " &&
      (next.capital || (next.word === "the" && tokens[j + 2]?.capital === true))
    ) {
      if (/^(?:and|in|at|for|of)$/.test(token.word) && isStop(next, token.word)) break;
      continue;
    }
    break;
  }
  const before = tokens[from - 1];
  const weak = WEAK.has(noun.word) && nouns < 2 && !(to > i);
  if (from === i) {
    if (!noun.capital || to === i || proper === 0) return;
  }
  if (!noun.capital) {
    if (from === i || proper === 0) return;
    if (LOWER_NOUNS.has(noun.word) || !WEAK.has(noun.word)) take(from, to, "facility", 0.65);
    return;
  }
  if (proper === 0) {
    const cued =
      before !== undefined &&
      /^(?:at|to|from|visit|in)$/.test(before.word) &&
      /^(?:hospital|general|county|city)$/.test(noun.word) &&
      !/^(?:outpatient|inpatient|day|ambulatory|emergency|acute|specialty)$/.test(tokens[from]?.word ?? "");
    if (cued) take(from, to, "facility", 0.6);
    return;
  }
  if (
    weak &&
    /^(?:general|gen|health|medical|med|medicine|nursing|imaging|radiology|cardiology|oncology|dermatology|pediatrics|surgery|wellness|university|college|school|institute|foundation|associates|center|centre|manor|lodge|campus|memorial)$/.test(
      noun.word,
    ) &&
    !strong(tokens, from, i)
  )
    return;
  take(from, to, "facility", 0.65);
}

/** Before a weak noun, at least one capital that is no plain word, or a place to be at. */
function strong(tokens: readonly Token[], from: number, i: number): boolean {
  const before = tokens[from - 1];
  if (before !== undefined && /^(?:at|to|from|visit|near|in)$/.test(before.word)) return true;
  for (let j = from; j < i; j++) {
    const token = tokens[j];
    if (
      token !== undefined &&
      (has(token, CITY | FACILITY | SURNAME) || !isWord(token)) &&
      !(has(token, EVERYDAY | COMMON) && !has(token, CITY)) &&
      !has(token, CLINICAL)
    )
      return true;
  }
  return false;
}

function isVerb(token: Token): boolean {
  return (
    token.initial &&
    has(token, EVERYDAY | COMMON) &&
    !has(token, CITY | FIRST_NAME | FACILITY) &&
    !GENERIC.has(token.word) &&
    !COMPASS.has(token.word)
  );
}

function isStop(token: Token, link: string): boolean {
  if (link === "of") return false;
  if (link === "in" || link === "at") return !has(token, CITY) && isWord(token) && !COMPASS.has(token.word);
  return !(
    NOUNS.has(token.word) ||
    /^(?:clinics|women|womens|children|childrens|research|wellness)$/.test(token.word)
  );
}

/** After "lives in", "born in", "from …, a …": the capitals that follow, whatever they are. */
function homeAt(tokens: readonly Token[], i: number): number {
  const [token, before, verb] = [tokens[i], tokens[i - 1], tokens[i - 2]];
  if (
    token === undefined ||
    before === undefined ||
    verb === undefined ||
    token.gap !== " " ||
    !/^(?:in|at|to|near|outside)$/.test(before.word)
  )
    return -1;
  if (
    !/^(?:lives?|lived|living|resid(?:es|ed|ing|ent)|born|raised|moved|works?|worked|working|grew|home|house|based|located|relocated|stays|staying)$/.test(
      verb.word,
    ) &&
    !(verb.word === "up" && tokens[i - 3]?.word === "grew")
  )
    return -1;
  if (
    isAcronym(token) ||
    has(token, CLINICAL) ||
    STATES.has(token.word) ||
    has(token, PROPER) ||
    (has(token, EVERYDAY) && !has(token, CITY))
  )
    return -1;
  let last = i;
  while (
    last < i + 3 &&
    tokens[last + 1]?.capital === true &&
    tokens[last + 1]?.gap === " " &&
    !isAcronym(tokens[last + 1] ?? token)
  )
    last++;
  return last;
}

const STATE_AFTER =
  /^,? ?(?:AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR)(?![\p{L}\p{N}])/u;

/** Cities, counties and neighbourhoods; states may stay. */
function cityAt(text: string, tokens: readonly Token[], i: number, take: Take): void {
  const token = tokens[i];
  if (token === undefined || token.code) return;
  const before = tokens[i - 1];
  const lives = before !== undefined && LIVES.has(before.word) && token.gap === " ";
  if (!token.capital) {
    if (
      lives &&
      /^(?:in|from|near|to)$/.test(before.word) &&
      has(token, CITY) &&
      !isWord(token) &&
      !STATES.has(token.word) &&
      token.word.length > 4 &&
      !isAcronym(token)
    )
      take(i, i, "geo", 0.55);
    return;
  }
  let last = phraseAt(tokens, i, CITY, 4);
  const next = tokens[i + 1];
  if (
    /^(?:nyc|sf|dc|philly|chitown|atl|nola|slc|vegas|socal|norcal|brooklyn|manhattan|bronx|queens|harlem|hollywood)$/.test(
      token.word,
    ) &&
    (token.caps || token.word.length > 4) &&
    !(token.word === "dc" || (token.word === "queens" && !lives))
  )
    last = Math.max(last, i);
  if (next?.word === "county" && next.capital && next.gap === " " && !isHard(token))
    last = Math.max(last, i + 1);
  if (
    /^(?:county|parish|borough|township|village|town|city)$/.test(token.word) &&
    token.capital &&
    next?.word === "of" &&
    tokens[i + 2]?.capital === true
  )
    last = Math.max(last, i + 2);
  const end = tokens[Math.max(last, i)]?.end ?? token.end;
  const state = STATE_AFTER.test(text.slice(end, end + 6)) && /^, ?[A-Z]/.test(text.slice(end, end + 3));
  if (last < i) {
    const home = homeAt(tokens, i);
    if (home >= i) return take(i, home, "geo", 0.6);
    if (
      state &&
      !(token.caps && (isWord(token) || isHard(token))) &&
      !isAcronym(token) &&
      token.word.length > 2 &&
      !(isHard(token) && token.initial)
    ) {
      let from = i;
      while (
        from > 0 &&
        tokens[from]?.gap === " " &&
        tokens[from - 1]?.capital === true &&
        tokens[from - 1]?.initial === false &&
        from > i - 3
      )
        from--;
      take(from, i + 1, "geo", 0.8);
    }
    return;
  }
  const city = tokens[last]?.word === "city" || tokens[last]?.word === "county";
  if (state) return take(i, last + 1, "geo", 0.85);
  if (last > i && !city) {
    const word = tokens
      .slice(i, last + 1)
      .map((part) => part.word)
      .join(" ");
    if (/^(?:new york|new mexico|washington|rhode island|north carolina|south carolina)$/.test(word)) return;
    if (tokens.slice(i, last + 1).every((part) => has(part, EVERYDAY | CLINICAL)) && !lives) return;
    return take(i, last, "geo", 0.65);
  }
  if (city) return take(i, last, "geo", 0.65);
  if (STATES.has(token.word) || isAcronym(token)) return;
  if (has(token, FIRST_NAME | SURNAME) && next?.capital === true && next.gap === " " && !NOUNS.has(next.word))
    return;
  const plain = has(token, EVERYDAY | COMMON | CLINICAL | ENGLISH);
  if (has(token, PROPER)) return;
  if (
    plain
      ? lives &&
        !token.initial &&
        !has(token, EVERYDAY) &&
        !has(token, CLINICAL) &&
        /^(?:in|from|near|to|our|live|lives|moved|visiting|downtown)$/.test(before.word)
      : lives || (!token.initial && !has(token, FIRST_NAME | SURNAME))
  )
    take(i, i, "geo", 0.55);
}
