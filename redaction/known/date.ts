import type { Finder } from "./finder.ts";

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

/** A known date in every order, with month names, two-digit years, no separators, and without its year. */
export const findDate: Finder = (value, { text }, add) => {
  for (const day of readings(value)) {
    for (const { 0: match, index } of text.matchAll(forms(day))) add(index, index + match.length);
  }
};

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

function forms({ year, month, day }: Day): RegExp {
  const two = (number: number) => String(number).padStart(2, "0");
  const d = `0?${day}`;
  const m = `0?${month}`;
  const name = MONTHS[month - 1] ?? "";
  const word = `${name.slice(0, 3)}(?:${name.slice(3)}|t)?\\.?`;
  const ordinal = `${d}(?:st|nd|rd|th)?`;
  const separator = "[\\s./,-]{1,3}";
  const loose = "[\\s./,-]{0,3}";
  const y = year === null ? "(?:\\d{4}|'?\\d{2})" : `(?:${year}|'?${two(year % 100)})`;
  const tail = `(?:,?${separator}${y})?`;
  const numeric = [m + separator + d + tail, d + separator + m + tail, y + separator + m + separator + d];
  const worded = [
    word + loose + ordinal + tail,
    `${ordinal}(?: of)?${loose}${word}${tail}`,
    y + loose + word + loose + ordinal,
  ];
  const packed =
    year === null
      ? []
      : [
          `${year}${two(month)}${two(day)}`,
          `${two(month)}${two(day)}${year}`,
          `${two(day)}${two(month)}${year}`,
          `${two(month)}${two(day)}${two(year % 100)}`,
        ];
  return new RegExp(
    `(?<![\\p{L}\\d])(?:${[...worded, ...numeric, ...packed].join("|")})(?![\\p{L}\\d])`,
    "giu",
  );
}
