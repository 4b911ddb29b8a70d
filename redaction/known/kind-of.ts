import { isKind, type Kind } from "../kinds.ts";

const WORDS: [RegExp, Kind][] = [
  [/facility|hospital|clinic|ward/, "facility"],
  [/e-?mail/, "email"],
  [/fax/, "fax"],
  [/phone|mobile|cell|tel\b|telephone|pager/, "phone"],
  [/ssn|social/, "ssn"],
  [/mrn|medical_?record|chart/, "mrn"],
  [/dob|birth|date|death|admission|discharge/, "date"],
  [/plan|insur|member|policy|mbi|medicare|medicaid|beneficiary/, "health_plan"],
  [/account|card|iban|bank/, "account"],
  [/licen[cs]e|npi|dea/, "license"],
  [/vin|vehicle|plate/, "vehicle"],
  [/device|serial|udi|imei|mac/, "device"],
  [/url|web|site/, "url"],
  [/\bip\b|ip_address/, "ip"],
  [/address|street|city|county|zip|post|geo|location/, "geo"],
  [/user_?name|login/, "other_id"],
  [/name|patient|person|physician|doctor|nurse|clinician|surname|given|relative|contact/, "name"],
];

/** The redactor's kind for a sender's word; a word that it doesn't know stands for some other unique code. */
export function kindOf(kind: string): Kind {
  const word = kind
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_");
  if (isKind(word)) return word;
  return WORDS.find(([regex]) => regex.test(word))?.[1] ?? "other_id";
}
