/** A number with what says which side of it is meant: "<0.5" is another value than "0.5". */
const NUMBER = /[<>≤≥]?[+-]?\d+(?:[.,]\d+)?/g;
/** What may be a unit after a number; a "k" or "m" alone makes another number of it. */
const UNIT = /(?<=\d)(?![km]$)[a-z%][a-z%/]*$/;

/**
 * Whether somebody read back what was sent. Case, spaces and trailing zeros don't count, a decimal comma is a decimal point, one before three digits parts thousands, and µ is u; a unit may be
 * left out, or said where none was sent, but not be another one. What stands before the number counts.
 */
export function isReadBack(sent: string, heard: string): boolean {
  const [wanted, given] = [plain(sent), plain(heard)];
  if (wanted === given || (/\d$/.test(wanted) && wanted === given.replace(UNIT, ""))) return true;
  const numbers = wanted.match(NUMBER) ?? [];
  return numbers.length > 0 && numbers.join(" ") === given && isOneValue(wanted);
}

/** Whether a text is one number with at most a unit, so that the number says it all. */
const isOneValue = (text: string): boolean => /^[<>≤≥]?[+-]?\d+(?:\.\d+)?[^\d]*$/.test(text);

function plain(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[µμ]/g, "u")
    .replaceAll(/\s+/g, "")
    .replaceAll(/(?<=\d),(?=\d{3}(?!\d))/g, "")
    .replaceAll(/(?<=\d),(?=\d{1,2}(?!\d))/g, ".")
    .replaceAll(/(\.\d*?)0+(?!\d)/g, "$1")
    .replaceAll(/\.(?!\d)/g, "")
    .replaceAll(/\+(?=\d)/g, "");
}
