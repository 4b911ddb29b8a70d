import { all, when, type Rule } from "../rule.ts";
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

/**
 * Dates, ages, addresses and numbers of Spanish, German, French and Dutch. Those with a form or a word that English
 * lacks are found in any text, the others in one of their language.
 */
export const foreign: Rule = all(
  when(/\d| d[ei] /, all(dates.spanish, dates.telling)),
  when(/\d/, (text, found) => {
    numbers(text, found);
    const language = languageOf(text);
    if (language !== null) OF_LANGUAGE[language](text, found);
  }),
  places.places,
);
