import { CITY, CLINICAL, COMMON, ENGLISH, EVERYDAY, FIRST_NAME, PROPER, SURNAME } from "../lists/lexicon.ts";
import { AT, NOUNS } from "./facility-words.ts";
import { phraseAt, words, type Take } from "./phrase.ts";
import { has, isAcronym, isHard, isWord, type Token } from "./tokens.ts";

export const STATES = words(
  "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia washington wisconsin wyoming",
);
const LIVES = words(
  "in from near at to of around outside toward towards downtown our live lives moved visiting visited reside resides residing city town born via through is was",
);
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

const TWO_WORD_STATES: ReadonlySet<string> = new Set(
  "new york,new jersey,new mexico,new hampshire,north carolina,south carolina,north dakota,south dakota,rhode island,west virginia,puerto rico".split(
    ",",
  ),
);

const STATE_AFTER =
  /^,? ?(?:AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR)(?![\p{L}\p{N}])/u;

/** Cities, counties and neighbourhoods; states may stay. */
export function cityAt(text: string, tokens: readonly Token[], i: number, take: Take): void {
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
  const next = tokens[i + 1];
  if (next?.capital === true && next.gap === " " && TWO_WORD_STATES.has(`${token.word} ${next.word}`)) {
    const state = STATE_AFTER.test(text.slice(next.end, next.end + 6)) && text.charAt(next.end) === ",";
    if (tokens[i + 2]?.word === "city" && tokens[i + 2]?.capital === true) return take(i, i + 2, "geo", 0.7);
    return state ? take(i, i + 2, "geo", 0.85) : take(i, i + 1, null, 0);
  }
  let last = phraseAt(tokens, i, CITY, 4);
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
    if (/^(?:new york|new mexico|washington|rhode island|north carolina|south carolina)$/.test(word))
      return take(i, last, null, 0);
    if (tokens.slice(i, last + 1).every((part) => has(part, EVERYDAY | CLINICAL)) && !lives) return;
    const owner = tokens[i - 1];
    const owned =
      owner?.caps === true && owner.word.length < 6 && token.gap === " " && AT.has(tokens[i - 2]?.word ?? "");
    return owned ? take(i - 1, last, "facility", 0.65) : take(i, last, "geo", 0.65);
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
