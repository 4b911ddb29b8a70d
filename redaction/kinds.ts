/**
 * The kinds of identifier that the redactor removes: the 18 of Safe Harbor (45 CFR 164.514(b)(2)(i)(A)–(R)), with
 * ages over 89 named apart from dates and facilities added. One fixed placeholder per kind: a placeholder that
 * varied with the value would itself be a unique code (R).
 */
export const PLACEHOLDERS = {
  name: "[NAME]",
  geo: "[LOCATION]",
  facility: "[FACILITY]",
  date: "[DATE]",
  age90: "90+",
  phone: "[PHONE]",
  fax: "[FAX]",
  email: "[EMAIL]",
  ssn: "[SSN]",
  mrn: "[MRN]",
  health_plan: "[HEALTH_PLAN]",
  account: "[ACCOUNT]",
  license: "[LICENSE]",
  vehicle: "[VEHICLE]",
  device: "[DEVICE]",
  url: "[URL]",
  ip: "[IP]",
  biometric: "[BIOMETRIC]",
  photo: "[PHOTO]",
  other_id: "[ID]",
} as const;

export type Kind = keyof typeof PLACEHOLDERS;

export const KINDS = Object.keys(PLACEHOLDERS).filter(isKind);

export function isKind(value: string): value is Kind {
  return Object.hasOwn(PLACEHOLDERS, value);
}

/** A stretch of text that identifies somebody; offsets in UTF-16 code units, end exclusive. */
export interface Span {
  start: number;
  end: number;
  kind: Kind;
}

/** A span with the confidence (0 to 1) of the rule that found it: of overlapping ones the surest names the kind. */
export interface Candidate extends Span {
  score: number;
}
