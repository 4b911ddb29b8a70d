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

/** The NIR of France: 97 less the rest of its first 13 digits by 97; "2A" and "2B" of Corsica count as 19 and 18. */
export function nirValid(value: string): boolean {
  const digits = value.replace("2A", "19").replace("2B", "18");
  return (
    /^\d{15}$/.test(digits) && 97 - Number(BigInt(digits.slice(0, 13)) % 97n) === Number(digits.slice(13))
  );
}

/** The DNI and NIE of Spain: the letter that the rest of the number by 23 stands for. */
export function dniValid(value: string): boolean {
  const parts = /^([XYZ]?)(\d{7,8})([A-Z])$/.exec(value);
  if (parts === null) return false;
  const [, first = "", digits = "", letter = ""] = parts;
  if ((first === "") !== (digits.length === 8)) return false;
  const number = Number(first === "" ? digits : `${"XYZ".indexOf(first)}${digits}`);
  return "TRWAGMYFPDXBNJZSQVHLCKE".charAt(number % 23) === letter;
}

/** The BSN of the Netherlands: the sum of its digits times 9, 8, …, 2 and −1 is a multiple of 11. */
export function bsnValid(digits: string): boolean {
  return digits.length === 9 && weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

/** The NHS number of England: the sum of its ten digits times 10, 9, …, 1 is a multiple of 11. */
export function nhsValid(digits: string): boolean {
  return digits.length === 10 && weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;
}

/** The KVNR of Germany: its letter as two digits and eight digits, times 1 and 2 in turn, by their digits' sum. */
export function kvnrValid(value: string): boolean {
  if (!/^[A-Z]\d{9}$/.test(value)) return false;
  const digits = String(value.charCodeAt(0) - 64).padStart(2, "0") + value.slice(1, 9);
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const product = Number(digits.charAt(i)) * ((i % 2) + 1);
    sum += product > 9 ? product - 9 : product;
  }
  return sum % 10 === Number(value.charAt(9));
}

function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, i) => sum + weight * Number(digits.charAt(i)), 0);
}
