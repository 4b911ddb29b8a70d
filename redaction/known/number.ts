import { Automaton } from "./automaton.ts";
import type { Entry, Find } from "./find.ts";
import { digitsOf } from "./skeleton.ts";
import { findApart } from "./apart.ts";

/**
 * Known numbers by their digits, however they are grouped: with their prefix and without, a phone number without its
 * country or area code, the last four of nine (as social security numbers are quoted).
 */
export function numbersOf(values: readonly Entry[]): Find {
  const automaton = new Automaton(
    values.flatMap(({ value, kind }) => formsOf(value).map((form) => [form, kind] as const)),
  );
  return ({ text }, add) => {
    const digits = digitsOf(text);
    findApart(automaton, digits, add);
  };
}

function formsOf(value: string): string[] {
  const digits = value.replace(/\D/g, "");
  const forms = new Set([digits]);
  if (digits.length >= 10) forms.add(digits.slice(-10)).add(digits.slice(-7));
  if (digits.length === 9) forms.add(digits.slice(-4));
  if (digits.length > 4) forms.add(digits.replace(/^0+/, ""));
  return [...forms].filter((form) => form.length > 4 || (form.length === 4 && !/^(?:19|20)/.test(form)));
}
