import { createRequire } from "node:module";
import type * as Library from "libphonenumber-js/max";

const load = createRequire(import.meta.url);
// It takes a while to load, with the numbers of all countries, and is loaded where SMS is on. That it is installed shows wherever the plugin is found.
const FILE = load.resolve("libphonenumber-js/max");
const library = (): typeof Library => load(FILE);

/** Whether it is the code of a country that has numbers (ISO 3166-1). */
export const isCountry = (code: string): code is Library.CountryCode => library().isSupportedCountry(code);

/** ITU-T E.164: a plus, and up to 15 digits of which the first is not 0. */
const E164 = /^\+[1-9]\d{6,14}$/;
/** The last digits of a number; the ones before them are the range it was issued in. */
const LINE_DIGITS = 4;

export type NumberCheck = { ok: true; e164: string; prefix: string } | { ok: false; code: string };

/**
 * Checks that a message may go to a number. libphonenumber calls a premium-rate number valid, so its type is checked
 * too: a number that costs the recipient or pays its owner is refused, whatever the country.
 * @param countries ISO 3166-1 codes
 */
export function checkNumber(address: string, countries: readonly string[]): NumberCheck {
  const number = E164.test(address) ? library().parsePhoneNumberFromString(address) : undefined;
  if (number === undefined || number.number !== address) return { ok: false, code: "invalid_number" };
  if (number.countryCallingCode === "979") return { ok: false, code: "premium_rate" };
  if (!number.isValid()) return { ok: false, code: "invalid_number" };
  const refused = refusal(number.getType(), number.countryCallingCode);
  if (refused !== undefined) return { ok: false, code: refused };
  if (number.country === undefined || !countries.includes(number.country)) {
    return { ok: false, code: "country_not_allowed" };
  }
  return { ok: true, e164: address, prefix: address.slice(0, -LINE_DIGITS) };
}

/** Digits, and the signs that people write between them. */
const TYPED = /^\+?[\d ()./-]{5,40}$/;

/**
 * Turns a number as a person typed it into E.164; null when no message may go there. A number without a country code is
 * taken for one of the country that messages may go to, where there is only one.
 */
export function typedNumber(text: string, countries: readonly string[]): string | null {
  if (!TYPED.test(text)) return null;
  const [home] = countries;
  const local = countries.length === 1 && home !== undefined && isCountry(home) ? home : undefined;
  const e164 = library().parsePhoneNumberFromString(text, local)?.number;
  return e164 !== undefined && checkNumber(e164, countries).ok ? e164 : null;
}

/**
 * Personal numbers (070 in Britain) are charged like premium ones, except under +1, where they are ordinary numbers
 * that follow their owner.
 */
function refusal(type: Library.NumberType, callingCode: string): string | undefined {
  switch (type) {
    case "PREMIUM_RATE":
      return "premium_rate";
    case "SHARED_COST":
    case "UAN":
      return "shared_cost";
    case "PERSONAL_NUMBER":
      return callingCode === "1" ? undefined : "premium_rate";
    case "TOLL_FREE":
    case "VOICEMAIL":
    case "PAGER":
      return "not_mobile";
    default:
      return undefined;
  }
}
