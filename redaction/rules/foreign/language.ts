/** The languages, besides English, whose dates, addresses and numbers have rules of their own. */
export type Language = "de" | "es" | "fr" | "nl";

/** Words of grammar that a sentence can hardly do without and that English does not have. */
const WORDS: Record<Language, string> = {
  de: "der das dem und ist nicht mit für von vom zum zur bei beim auf nach seit wird wurde hat keine kein eine einen bitte heute morgen uhr im am ein geb wohnhaft patientin sich",
  es: "el la los las del una con por para que se su desde hasta está fue hoy mañana paciente sin en al un vive nació señor señora sra",
  fr: "le les des une avec pour est du au aux dans sur chez pas cette ce et a été depuis jusqu patiente né née mme rendez vous ne un",
  nl: "het een van voor niet met naar bij wordt werd heeft uur vandaag morgen graag geen ook uit om op en te is sinds mevrouw dhr mevr woont kamer patiënt",
};
const ENGLISH = new Set(
  "the is was and of to in for with on at by from has have had please will be he she his her it this that not no after before".split(
    " ",
  ),
);
/** Words of those lists that English has too: they speak for the other language only beside words that it lacks. */
const SHARED = new Set(
  "is in a an at on am me a die to no of have has im ein en un la el los las du van des te".split(" "),
);

const LANGUAGES = new Map<string, Language[]>();
for (const language of ["de", "es", "fr", "nl"] as const)
  for (const word of WORDS[language].split(" "))
    LANGUAGES.set(word, [...(LANGUAGES.get(word) ?? []), language]);

/** How much of a long text is read: a language shows within a few sentences. */
const READ = 2_048;

/**
 * The language that a text's words of grammar speak for, or null where they speak for English or for none. Pure, and
 * linear in the text.
 */
export function languageOf(text: string): Language | null {
  const points = { de: 0, es: 0, fr: 0, nl: 0 };
  const sure = { de: 0, es: 0, fr: 0, nl: 0 };
  let english = 0;
  for (const word of text
    .slice(0, READ)
    .toLowerCase()
    .split(/[^\p{L}]+/u)) {
    if (ENGLISH.has(word)) english++;
    for (const language of LANGUAGES.get(word) ?? []) {
      points[language]++;
      if (!SHARED.has(word)) sure[language]++;
    }
  }
  let best: Language | null = null;
  for (const language of ["de", "es", "fr", "nl"] as const)
    if (
      sure[language] > 0 &&
      points[language] > english &&
      points[language] > (best === null ? 0 : points[best])
    )
      best = language;
  return best;
}
