import type { Find } from "./find.ts";

const MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];

interface Day {
  year: number | null;
  month: number;
  day: number;
}

const NAME = `(?:${MONTHS.map((month) => `${month.slice(0, 3)}(?:${month.slice(3)}|t)?`).join("|")})\\.?`;
const BETWEEN = "[\\s./,-]{1,3}";
const LOOSE = "[\\s./,-]{0,3}";
const DAY = "\\d{1,2}(?:st|nd|rd|th)?";
const YEAR = "(?:\\d{4}|'?\\d{2})";
const END = "(?![\\p{L}\\d])";
const TAIL = `,?${BETWEEN}(?<year>${YEAR})`;
const HEADS = [
  `(?<month>${NAME})${LOOSE}(?<day>${DAY})`,
  `(?<day>${DAY})(?: of)?${LOOSE}(?<month>${NAME})`,
  `(?<month>\\d{1,2})${BETWEEN}(?<day>\\d{1,2})`,
  `(?<day>\\d{1,2})${BETWEEN}(?<month>\\d{1,2})`,
];
/** Every order of a date, longest first; the year may be left out at the end of one. */
const FORMS = [
  ...HEADS.flatMap((head) => [head + TAIL, head]),
  `(?<year>${YEAR})${BETWEEN}(?<month>\\d{1,2})${BETWEEN}(?<day>\\d{1,2})`,
  `(?<year>${YEAR})${LOOSE}(?<month>${NAME})${LOOSE}(?<day>${DAY})`,
  "(?<year>\\d{4})(?<month>\\d\\d)(?<day>\\d\\d)",
  "(?<month>\\d\\d)(?<day>\\d\\d)(?<year>\\d{4}|\\d\\d)",
  "(?<day>\\d\\d)(?<month>\\d\\d)(?<year>\\d{4})",
].map((form) => new RegExp(form + END, "iuy"));
const START = /(?<![\p{L}\d])[\p{L}\d]/gu;

/** Known dates in every order, with month names, two-digit years, no separators, and without their year. */
export function datesOf(values: readonly string[]): Find {
  const years = new Map<number, (number | null)[]>();
  for (const { year, month, day } of values.flatMap(readings)) {
    const key = month * 100 + day;
    years.set(key, [...new Set([...(years.get(key) ?? []), year])]);
  }
  const isKnown = ({ month, day, year }: Record<string, string | undefined>): boolean =>
    (years.get(monthOf(month ?? "") * 100 + parseInt(day ?? "", 10)) ?? []).some(
      (known) => known === null || year === undefined || isYear(year, known),
    );
  return ({ text }, add) => {
    if (years.size === 0) return;
    for (const { index } of text.matchAll(START)) {
      for (const form of FORMS) {
        form.lastIndex = index;
        const match = form.exec(text);
        if (match?.groups && isKnown(match.groups)) add(index, index + match[0].length, "date");
      }
    }
  };
}

function isYear(written: string, known: number): boolean {
  const digits = written.replace("'", "");
  return Number(digits) === (digits.length === 2 ? known % 100 : known);
}

function monthOf(written: string): number {
  const number = parseInt(written, 10);
  if (!Number.isNaN(number)) return number;
  return MONTHS.findIndex((month) => written.toLowerCase().startsWith(month.slice(0, 3))) + 1;
}

/** The days that a date can mean: 3/4/1967 is read both ways. */
function readings(value: string): Day[] {
  const word = MONTHS.findIndex((month) => new RegExp(`\\b${month.slice(0, 3)}`, "i").test(value));
  const numbers = (value.match(/\d+/g) ?? []).map(Number);
  const year = numbers.find((number) => number > 31) ?? null;
  const [a = 0, b = 0] = numbers.filter((number) => number <= 31);
  if (word >= 0) return valid([{ year, month: word + 1, day: a }]);
  const compact = /^\s*(\d{4})(\d\d)(\d\d)\s*$/.exec(value);
  if (compact)
    return valid([{ year: Number(compact[1]), month: Number(compact[2]), day: Number(compact[3]) }]);
  return valid([
    { year, month: a, day: b },
    ...(/^\s*\d{4}/.test(value) ? [] : [{ year, month: b, day: a }]),
  ]);
}

function valid(days: Day[]): Day[] {
  return days.filter(({ month, day }) => month >= 1 && month <= 12 && day >= 1 && day <= 31);
}
