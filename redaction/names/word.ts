import {
  CLINICAL,
  COMMON,
  ENGLISH,
  EVERYDAY,
  FIRST_NAME,
  FIRST_RANK,
  LAST_RANK,
  PROPER,
  SCIENCE,
  SENSE,
  SURNAME,
  USAGE,
  entryOf,
  lookup,
} from "../lists/lexicon.ts";

/** What a word is by itself, wherever it stands. */
export interface Word {
  /** As it is written. */
  text: string;
  /** Lower case without diacritics. */
  word: string;
  /** Begins with a capital. */
  capital: boolean;
  /** All capitals, two letters or more. */
  caps: boolean;
  /** Has capitals inside, as in a product's or a programme's name, or is a plural of capitals ("NSAIDs"). */
  camel: boolean;
  /** Everything the lists know of it. */
  known: number;
  /** The kind of thing, deed or property that it mostly means; 0 where that is not known. */
  sense: number;
  /** How often it is said, and whether mostly with a capital; 0 for seldom. */
  usage: number;
  /** How many bear it as a surname and as a first name: 1 for the most frequent, 0 for none. */
  lastRank: number;
  firstRank: number;
  /** In a list of words that are not names, or made of one. */
  plain: boolean;
  /** What the model is told of it; `signalsOf` fills it in. */
  signals: WordSignals | undefined;
}

/** Facts about a word by itself that the model goes by, as small numbers. */
export interface WordSignals {
  hash: number;
  /** Which lists of names have it. */
  names: number;
  /** How common a word of English it is. */
  common: number;
  /** Which lists of terms have it. */
  terms: number;
  /** Which lists of places have it. */
  places: number;
  /** Its classes of words. */
  classes: number;
  /** The kind of thing, deed or property that it means, and its ending. */
  sense: number;
  /** Its ending, and its groups of three letters, where it is no common word. */
  endings: number[];
  length: number;
  /** Whether no list has it, and it is a word of everyday or clinical English with a slip of the fingers. */
  slip: number;
  /** How often it is said, and whether mostly with a capital. */
  usage: number;
  /** How many people bear it as a surname and as a first name. */
  bearers: number;
}

/** Words of everyday English that were looked up before, as they were written: they say nothing of a message. */
const everyday = new Map<string, Word>();
const MOST_EVERYDAY = 20_000;

/** Looks words up, each once; to be used for one message, which may be read several times. */
export class Words {
  readonly #seen = new Map<string, Word>();

  of(text: string): Word {
    const known = everyday.get(text) ?? this.#seen.get(text);
    if (known !== undefined) return known;
    const word = wordOf(text);
    const shared =
      (word.known & (EVERYDAY | COMMON)) !== 0 &&
      !word.camel &&
      PLAIN.test(text) &&
      everyday.size < MOST_EVERYDAY;
    (shared ? everyday : this.#seen).set(text, word);
    return word;
  }
}

const PLAIN = /^[A-Za-z]+$/;

function wordOf(text: string): Word {
  const word = bare(text);
  const capital = isCapital(text);
  const entry = entryOf(word);
  const known = entry & 0xffff;
  return {
    text,
    word,
    capital,
    caps: capital && isInCaps(text),
    camel: hasInnerCapital(text) && camel(text),
    known,
    sense: (entry >>> SENSE) & 63,
    usage: (entry >>> USAGE) & 15,
    lastRank: (entry >>> LAST_RANK) & 7,
    firstRank: (entry >>> FIRST_RANK) & 7,
    plain:
      (known & WORD_FLAGS) !== 0 || (text.includes("'") && CONTRACTION.test(text)) || isDerived(word, known),
    signals: undefined,
  };
}

/** "Don't", "You'll". */
const CONTRACTION = /\p{L}(?:n't|'(?:ll|re|ve|d|m))$/iu;
const WORD_FLAGS = EVERYDAY | COMMON | ENGLISH | CLINICAL | SCIENCE | PROPER;
function isCapital(word: string): boolean {
  const code = word.charCodeAt(0);
  return code < 128 ? code < 91 : /^\p{Lu}/u.test(word);
}

function isInCaps(word: string): boolean {
  const code = word.charCodeAt(1);
  return word.length > 1 && !(code > 96 && code < 123) && word === word.toUpperCase();
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
  for (let i = 1; i < word.length; i++) {
    const code = word.charCodeAt(i);
    if (code > 127) return word.slice(1) !== word.slice(1).toLowerCase();
    if (code > 64 && code < 91) return true;
  }
  return false;
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

const CLINICAL_ENDINGS: ReadonlySet<string> = new Set(
  "ectomy ectomies otomy ostomy plasty scopy scopic gram graphy itis osis emia emic uria pathy algia oma omas penia lysis pril sartan olol statin mab nib nibs ciclib cillin mycin micin floxacin cycline azole prazole tidine gliptin gliflozin glutide glitazone parin xaban gatran dipine zepam zolam triptan setron vir vudine caine codone morphone barbital phylline lukast dronate thiazide semide profen oxetine pramine triptyline azepine pine peridone piprazole curium curonium terol tropium asone solone onide ium oxide zine amide ology ologist ologists iatric iatrics therapy therapies ically ization aceae coccus cocci bacter bacterium virus viral cyte cytes globin kinase ase stat caftor tide omide imide olone trigine lisib zomib grel grelor fibrate penem bactam fungin vaptan sentan ciguat zosin prost relin relix platin rubicin taxel citabine trexate trexed poetin grastim kinra cept limus orexant gepant racetam gabalin stigmine giline capone pexole mustine gestrel estradiol navir tegravir buvir asvir previr bendazole mectin sulfan afenib degib parib trexin cillinase lalia phoria glossia rrhea rrhoea ptysis praxia opsia acusis esthesia kinesia phonia gnosia plegia paresis dipsia phagia pnea rrhage rrhaphy centesis megaly ectasis malacia ptyalism".split(
    " ",
  ),
);
/** How many letters these have, and the last ones of all. */
const SHORTEST = 3;
const LONGEST = 10;
const LAST_LETTERS: ReadonlySet<string> = new Set(
  [...CLINICAL_ENDINGS].map((ending) => ending.slice(-SHORTEST)),
);

/** Whether a word ends as drugs, diagnoses and procedures do. */
export function hasClinicalEnding(word: string): boolean {
  if (word.length < 7 || !LAST_LETTERS.has(word.slice(-SHORTEST))) return false;
  for (let length = SHORTEST; length <= LONGEST; length++)
    if (CLINICAL_ENDINGS.has(word.slice(-length))) return true;
  return false;
}

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
