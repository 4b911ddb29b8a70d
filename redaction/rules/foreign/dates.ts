import { all, pattern, when, type Rule } from "../rule.ts";
import { pieces } from "../signs.ts";

const MONTHS = {
  de: "januar|jänner|februar|feber|märz|maerz|april|mai|juni|juli|august|september|oktober|november|dezember",
  es: "enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre",
  fr: "janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre",
  nl: "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december",
};
/** Months that no word of English is: they say by themselves that a date follows or came before. */
const TELLING =
  "januar|jänner|februar|märz|juni|juli|oktober|dezember|enero|febrero|marzo|abril|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre|janvier|février|fevrier|avril|juillet|août|septembre|octobre|novembre|décembre|januari|februari|maart|augustus|mai|mei|juin";
const months = pieces(TELLING.replace("sep?tiembre", "septiembre|setiembre"));
const WEEKDAY = {
  de: "(?:(?:mo(?:ntag)?|di(?:enstag)?|mi(?:ttwoch)?|do(?:nnerstag)?|fr(?:eitag)?|sa(?:mstag)?|sonnabend|so(?:nntag)?)(?:\\.?,|,?) (?:den |der )?)?",
  es: "(?:(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo),? (?:el )?)?",
  fr: "(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche),? (?:le )?)?",
  nl: "(?:(?:maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag),? )?",
};
const DAY = "(?:0?[1-9]|[12]\\d|3[01])";
const YEAR = "(?:19|20)\\d\\d";
const FREE = "(?<![\\p{L}\\p{N}/.,-])";
const END = "(?![\\p{L}\\p{N}])";

const date = (source: string, score = 0.9): Rule => pattern(new RegExp(source, "giu"), "date", score);

/** A day of the week in another language, which makes the day and month after it a date whatever the month. */
const NAMED_DAY =
  "(?:(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag),? (?:den |der )?|(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche),? (?:le )?|(?:maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag),? )";

const days = pieces(
  "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|maandag|dinsdag|woensdag|zaterdag|zondag|donderdag|vrijdag",
);

/** "3 de abril de 2025", "del 3 al 5 de mayo", "enero de 2023": no other language puts "de" there. */
export const spanish: Rule = when(
  pieces(" de | del "),
  all(
    date(
      `${FREE}${WEEKDAY.es}(?:${DAY}(?:\\.?[ºo])?|primero)(?: (?:y|al|a) ${DAY})? de (?:${MONTHS.es})(?:(?: del?|,)? ${YEAR})?${END}`,
    ),
    date(`${FREE}(?:${MONTHS.es}) del? (?:año )?${YEAR}${END}`),
  ),
);

/** "14 mars 2025", "1er janvier", "12 maart", "3. Oktober": months that English lacks, with a day or a year. */
export const telling: Rule = all(
  when(
    months,
    date(
      `${FREE}(?:${WEEKDAY.de}|${WEEKDAY.fr}|${WEEKDAY.nl})(?:1er|${DAY}\\.?)(?: ?(?:et|und|en|au|bis|tot|-) ?${DAY}\\.?)? ?(?:${TELLING})(?: ${YEAR})?${END}`,
    ),
  ),
  when(months, date(`${FREE}(?:${TELLING}) ${YEAR}${END}`)),
  when(
    days,
    date(
      `${FREE}${NAMED_DAY}(?:1er|${DAY})\\.? ?(?:${MONTHS.de}|${MONTHS.fr}|${MONTHS.nl})(?: ${YEAR})?${END}`,
    ),
  ),
  when(
    pieces("am |vom |bis |seit | ab |zum |der |den "),
    date(
      `(?<=(?<![\\p{L}])(?:am|vom|bis|seit|ab|zum|der|den) )${DAY}\\. ?(?:${MONTHS.de})(?: ${YEAR})?${END}`,
    ),
  ),
  when(
    months,
    date(
      `(?<=(?<![\\p{L}])(?:en|desde|hasta|depuis|fin|début|im|seit|ab|bis|ende|anfang|mitte|in|sinds|vanaf|eind|begin) )(?:${TELLING})(?![\\p{L}\\p{N}]| \\p{Lu})`,
      0.7,
    ),
  ),
);

/** What only a German text's "3. April", "am 2.11." and "Mai 2025" are. */
export const german: Rule = all(
  date(`${FREE}${WEEKDAY.de}${DAY}\\. ?(?:${MONTHS.de})(?: ${YEAR})?${END}`),
  date(`${FREE}(?:${MONTHS.de}) ${YEAR}${END}`),
  date(
    `(?<=(?<![\\p{L}])(?:am|seit|bis|vom|ab|zum|der|den|dem) )${DAY}\\.(?:0?[1-9]|1[0-2])\\.(?![\\p{N}])`,
    0.8,
  ),
);

export const french: Rule = all(
  date(`${FREE}${WEEKDAY.fr}(?:1er|${DAY})(?: (?:et|au) ${DAY})? (?:${MONTHS.fr})(?: ${YEAR})?${END}`),
  date(`${FREE}(?:${MONTHS.fr}) ${YEAR}${END}`),
);

export const dutch: Rule = all(
  date(`${FREE}${WEEKDAY.nl}${DAY}(?: (?:en|tot) ${DAY})? (?:${MONTHS.nl})(?: ${YEAR})?${END}`),
  date(`${FREE}(?:${MONTHS.nl}) ${YEAR}${END}`),
  date(
    `(?<=(?<![\\p{L}])(?:sinds|op|tot|vanaf|van|t/m|per|dd) )${DAY}-(?:0?[1-9]|1[0-2])(?![\\p{L}\\p{N}/-])`,
    0.8,
  ),
);

/** "el 25/12", "du 25/12": the day comes first. */
export const dayFirst: Rule = date(
  `(?<=(?<![\\p{L}])(?:el|del|al|desde|hasta|le|du|au|depuis) )${DAY}/(?:0?[1-9]|1[0-2])(?![\\p{L}\\p{N}/%]|[.,]\\d)`,
  0.8,
);
