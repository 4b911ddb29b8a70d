import {
  ACRONYM,
  CLINICAL,
  COMMON,
  ENGLISH,
  EVERYDAY,
  FIRST_NAME,
  PROPER,
  SCIENCE,
  SURNAME,
  entryOf,
  lookup,
} from "../lists/lexicon.ts";

/** A word of the message, without a possessive ending, and the facts that decide whether it is a name. */
export interface Token {
  text: string;
  /** Lower case without diacritics. */
  word: string;
  start: number;
  end: number;
  /** Where the next token's gap begins: `end`, or after the possessive ending. */
  close: number;
  possessive: boolean;
  /** Begins with a capital. */
  capital: boolean;
  /** All capitals, two letters or more. */
  caps: boolean;
  /** First in its sentence, line, quotation or field. */
  initial: boolean;
  /** The text between it and the token before. */
  gap: string;
  /** Part of a code: touches a digit, an underscore, an @ or the like. */
  code: boolean;
  /** Has capitals inside, as in a product's or a programme's name, or is a plural of capitals ("NSAIDs"). */
  camel: boolean;
  /** Everything the lists know of it. */
  known: number;
  /** The kind of thing, deed or property that it mostly means; 0 where that is not known. */
  sense: number;
  /** In a list of words that are not names, or made of one. */
  plain: boolean;
}

const WORD = /\p{L}[\p{L}\p{M}]*(?:'(?!s(?![\p{L}]))\p{L}[\p{L}\p{M}]*)*/gu;
const SENTENCE = /[.!?;:\n\r"“”|*•>]|^ - ?$|^- $|\(\s*$|\] *$/;
/** "Don't", "You'll". */
const CONTRACTION = /\p{L}(?:n't|'(?:ll|re|ve|d|m))$/iu;
const WORD_FLAGS = EVERYDAY | COMMON | ENGLISH | CLINICAL | SCIENCE | PROPER;
const ABBREVIATION =
  /^(?:dr|drs|mr|mrs|ms|mx|prof|st|mt|ft|sr|jr|rev|hon|vs|pt|pts|no|nr|approx|dept|hosp|univ|med|gen|ctr|attn|tel|ph|sra|srta|mevr|dhr|mgmt|rec|w|dx|hx|rx|tx|ste|ave|apt|eg|ie|etc|cf|al|fig|inc|ltd|co|gov|sgt|lt|capt|col|maj|assoc|ins|ref|mem|messrs|fr)$/;

/** The words of `text` in order. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let last: Token | undefined;
  WORD.lastIndex = 0;
  for (let hit = WORD.exec(text); hit !== null; hit = WORD.exec(text)) {
    const { 0: match, index: start } = hit;
    if (last !== undefined && start < last.close) continue;
    const end = start + match.length;
    const possessive = text.charAt(end) === "'" && isPossessive(match, text, end);
    const word = bare(match);
    const gap = text.slice(last?.close ?? 0, start);
    const capital = isCapital(match);
    const entry = entryOf(word);
    const known = entry & 0xffff;
    const token: Token = {
      text: match,
      word,
      start,
      end,
      close: possessive ? end + (text.charAt(end + 1) === "s" || text.charAt(end + 1) === "S" ? 2 : 1) : end,
      possessive,
      capital,
      caps: capital && match.length > 1 && match === match.toUpperCase(),
      initial: last === undefined || begins(gap, last),
      gap,
      code: (gap !== " " && isCode(text, gap, start)) || isCodeSign(text, end),
      camel: hasInnerCapital(match) && camel(match),
      known,
      sense: entry >>> 16,
      plain: (known & WORD_FLAGS) !== 0 || CONTRACTION.test(match) || isDerived(word, known),
    };
    tokens.push(token);
    last = token;
  }
  return tokens;
}

function isCapital(word: string): boolean {
  const code = word.charCodeAt(0);
  return code < 128 ? code < 91 : /^\p{Lu}/u.test(word);
}

function isCodeSign(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code !== 32 && code !== 44 && code !== 46 && /[\p{N}_@\\=]/u.test(text.charAt(at));
}

function isPossessive(match: string, text: string, end: number): boolean {
  return (
    /^'s(?!\p{L})/iu.test(text.slice(end, end + 3)) ||
    (match.endsWith("s") && !/\p{L}/u.test(text.charAt(end + 1)))
  );
}

function isCode(text: string, gap: string, start: number): boolean {
  if (gap.endsWith("-")) return /\p{N}-$/u.test(text.slice(Math.max(0, start - 2), start));
  return (
    /[\p{N}_/\\#=<>~]/u.test(text.charAt(start - 1)) &&
    !/(?:^|[^\p{L}\p{N}])\p{L}{1,12}\/$/u.test(text.slice(Math.max(0, start - 14), start))
  );
}

function begins(gap: string, last: Token): boolean {
  if (!SENTENCE.test(gap)) return false;
  if (!/^\.[ ]*$/.test(gap)) return true;
  return !(last.word.length === 1 || ABBREVIATION.test(last.word));
}

/** The word in lower case without marks, as the lists hold it. */
export function bare(word: string): string {
  if (/^[A-Za-z']*$/.test(word)) return word.toLowerCase();
  return word
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/ø/g, "o")
    .replace(/ł/g, "l")
    .replace(/đ/g, "d")
    .replace(/ı/g, "i");
}

function hasInnerCapital(word: string): boolean {
  const rest = word.slice(1);
  return rest !== rest.toLowerCase();
}

/** Capitals inside a word, but for McKay, O'Neil and the like. */
function camel(word: string): boolean {
  if (/^\p{Lu}{2,}\p{Ll}+$/u.test(word)) return true;
  const halves = /^(\p{Lu}\p{Ll}+)(\p{Lu}\p{Ll}+)$/u.exec(word);
  if (halves?.slice(1).every((half) => (lookup(bare(half)) & FIRST_NAME) !== 0) === true) return false;
  return (
    /\p{Ll}\p{Lu}/u.test(word) &&
    !/^(?:Mc|Mac|De|Di|Da|Du|La|Le|Van|Von|Fitz|St|O'|D'|Al|El|Ben|Bin)\p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?$/u.test(
      word,
    )
  );
}

export const has = (token: Token, flag: number): boolean => (token.known & flag) !== 0;

/** In a list of words that are not names, whatever else it is. */
export const isWord = (token: Token): boolean => token.plain;
/** A word that is seldom a name: everyday or clinical, or the proper name of something else. */
export const isHard = (token: Token): boolean => has(token, EVERYDAY | COMMON | CLINICAL | PROPER);
export const isListed = (token: Token): boolean => has(token, FIRST_NAME | SURNAME);
export const isAcronym = (token: Token): boolean => has(token, ACRONYM);

const STEM =
  /(?:ectomy|ectomies|otomy|ostomy|plasty|scopy|scopic|gram|graphy|itis|osis|emia|emic|uria|pathy|algia|oma|omas|penia|lysis|pril|sartan|olol|statin|mab|nib|nibs|ciclib|cillin|mycin|micin|floxacin|cycline|azole|prazole|tidine|gliptin|gliflozin|glutide|glitazone|parin|xaban|gatran|dipine|zepam|zolam|triptan|setron|vir|vudine|caine|codone|morphone|barbital|phylline|lukast|dronate|thiazide|semide|profen|oxetine|pramine|triptyline|azepine|pine|peridone|piprazole|curium|curonium|terol|tropium|asone|solone|onide|ium|oxide|zine|amide|ology|ologist|ologists|iatric|iatrics|therapy|therapies|ically|ization|aceae|coccus|cocci|bacter|bacterium|virus|viral|cyte|cytes|globin|kinase|ase|stat|caftor|tide|omide|imide|olone|trigine|lisib|zomib|grel|grelor|fibrate|penem|bactam|fungin|vaptan|sentan|ciguat|zosin|prost|relin|relix|platin|rubicin|taxel|citabine|trexate|trexed|poetin|grastim|kinra|cept|limus|orexant|gepant|racetam|gabalin|stigmine|giline|capone|pexole|mustine|gestrel|estradiol|navir|tegravir|buvir|asvir|previr|bendazole|mectin|sulfan|afenib|degib|parib|trexin|cillinase|lalia|phoria|glossia|rrhea|rrhoea|ptysis|praxia|opsia|acusis|esthesia|kinesia|phonia|gnosia|plegia|paresis|dipsia|phagia|pnea|rrhage|rrhaphy|centesis|megaly|ectasis|malacia|ptyalism)$/;

/** Whether a word ends as drugs, diagnoses and procedures do. */
export const hasClinicalEnding = (word: string): boolean => word.length > 6 && STEM.test(word);

const ENDING =
  /^([a-z]{3,18}?)(?:ness|ments?|[ts]ions?|ings?|abilit(?:y|ies)|less|ful|isms?|i[sz]ed|i[sz]es|ated|ers?|ed|ly|s|es|able)$/;

/** A word that the lists lack but whose ending is one of drugs, diagnoses and procedures, or of plain English. */
function isDerived(word: string, known: number): boolean {
  if ((known & (FIRST_NAME | SURNAME)) !== 0) return false;
  if (hasClinicalEnding(word)) return true;
  const stem = ENDING.exec(word)?.[1];
  if (
    stem !== undefined &&
    [stem, `${stem}e`, stem.slice(0, -1)].some((form) => (lookup(form) & (EVERYDAY | COMMON | ENGLISH)) !== 0)
  )
    return true;
  if (
    word.endsWith("s") &&
    word.length > 4 &&
    (lookup(word.slice(0, -1)) & (EVERYDAY | COMMON | ENGLISH | CLINICAL | SCIENCE)) !== 0
  )
    return (lookup(word) & (FIRST_NAME | SURNAME)) === 0;
  return (
    /^(?:anti|non|pre|post|multi|micro|hyper|hypo|inter|intra|immuno|neuro|cardio|gastro|tele|bio|re|un|de|co|sub|over|under)/.test(
      word,
    ) &&
    (lookup(
      word.replace(
        /^(?:anti|non|pre|post|multi|micro|hyper|hypo|inter|intra|immuno|neuro|cardio|gastro|tele|bio|re|un|de|co|sub|over|under)/,
        "",
      ),
    ) &
      (EVERYDAY | COMMON | CLINICAL)) !==
      0
  );
}
