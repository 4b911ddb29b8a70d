/** Luhn's check (ISO/IEC 7812), over digits only. */
export function luhnValid(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = digit * 2;
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** ISO 13616: mod 97 of the rearranged number is 1. */
export function ibanValid(value: string): boolean {
  const iban = value.replace(/[ -]/g, "").toUpperCase();
  if (iban.length < 15 || iban.length > 34) return false;
  let rest = 0;
  for (const char of iban.slice(4) + iban.slice(0, 4)) {
    const number = parseInt(char, 36);
    rest = (rest * (number > 9 ? 100 : 10) + number) % 97;
  }
  return rest === 1;
}

const VIN_VALUES: Record<string, number> = Object.fromEntries(
  [..."ABCDEFGH", ..."JKLMN", "P", "R", ..."STUVWXYZ"].map((letter) => [
    letter,
    Number("12345678123457923456789".charAt("ABCDEFGHJKLMNPRSTUVWXYZ".indexOf(letter))),
  ]),
);
const VIN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/** 49 CFR 565.15: the ninth character of a VIN is the check digit. */
export function vinValid(value: string): boolean {
  const vin = value.toUpperCase();
  if (vin.length !== 17) return false;
  let sum = 0;
  for (let i = 0; i < 17; i++)
    sum += (VIN_VALUES[vin.charAt(i)] ?? Number(vin.charAt(i))) * (VIN_WEIGHTS[i] ?? 0);
  return vin.charAt(8) === (sum % 11 === 10 ? "X" : String(sum % 11));
}
