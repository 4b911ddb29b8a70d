import { places, skeleton } from "./skeleton.ts";
import type { Finder } from "./finder.ts";

/**
 * A known number by its digits, however they are grouped: with its prefix and without, a phone number without its
 * country or area code, the last four of nine (as social security numbers are quoted).
 */
export const findNumber: Finder = (value, { text }, add) => {
  const digits = skeleton(value).chars.replace(/\D/g, "");
  const forms = new Set([digits]);
  if (digits.length >= 10) forms.add(digits.slice(-10)).add(digits.slice(-7));
  if (digits.length === 9) forms.add(digits.slice(-4));
  if (digits.length > 4) forms.add(digits.replace(/^0+/, ""));
  for (const { 0: run, index } of text.matchAll(/\d(?:[^\p{L}\d\n]{0,3}\d){0,40}/gu)) {
    const bones = skeleton(run);
    for (const form of forms) {
      if (form.length < 4 || (form.length === 4 && /^(?:19|20)/.test(form))) continue;
      for (const { start, end } of places(form, bones, 3)) add(index + start, index + end);
    }
  }
};
