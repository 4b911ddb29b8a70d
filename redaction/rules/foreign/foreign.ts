import { all, when, whereLower, type Rule } from "../rule.ts";
import { digit, pieces } from "../signs.ts";
import * as dates from "./dates.ts";
import { languageOf, type Language } from "./language.ts";
import { numbers } from "./numbers.ts";
import * as places from "./places.ts";

/** What is told apart from English only by the language that the rest of the text is in. */
const OF_LANGUAGE: Record<Language, Rule> = {
  de: all(dates.german, places.german),
  es: dates.dayFirst,
  fr: all(dates.french, dates.dayFirst),
  nl: all(dates.dutch, places.dutch),
};

/** The months of the four languages. */
const month = pieces(
  "januar|jänner|febr|märz|maerz|april|mai|juni|juli|august|septemb|oktob|novemb|dezemb|enero|marzo|abril|mayo|agosto|septiem|setiem|octub|noviem|diciem|janvier|févr|fevr|mars|avril|juin|juil|août|aout|octob|décem|decem|maart|mei",
);

/** What the rules of a language begin or end with; without it, the language need not be known. */
const OF_A_LANGUAGE =
  /\d\.? ?(?:jan|jän|feb|fév|fev|mär|maa|mar|apr|avr|mai|mei|jun|jul|juin|juil|aug|aoû|aou|sep|okt|oct|nov|dez|déc|dec)|(?:ar|er|r|i|e|t|l|in) (?:19|20)\d\d|\d\.\d{1,2}\.| \d{1,2}[-/]\d{1,2}|(?:weg|platz|ring|damm|ufer|steig|graben|markt|berg|hof|wall|stieg|kade|dijk|dreef|pad|steeg|park|kamp|baan|burg|wal) \d|\d{4} ?[a-z]{2}/;

/**
 * Dates, ages, addresses and numbers of Spanish, German, French and Dutch. Those with a form or a word that English
 * lacks are found in any text, the others in one of their language.
 */
export const foreign: Rule = all(
  when(month, all(dates.spanish, dates.telling)),
  when(digit, numbers),
  when(
    digit,
    whereLower(OF_A_LANGUAGE, (text, found, signs) => {
      const language = languageOf(text);
      if (language !== null) OF_LANGUAGE[language](text, found, signs);
    }),
  ),
  places.places,
);
