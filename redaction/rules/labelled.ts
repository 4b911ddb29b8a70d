import type { Candidate, Kind } from "../kinds.ts";
import { isPublicCode } from "./codes.ts";
import type { Rule } from "./rule.ts";

/** Words that announce an identifier, the kind they announce, and how many of its characters must be digits. */
interface Label {
  kind: Kind;
  words: string;
  digits: number;
  /** A word that also has an everyday sense needs "number", "#", "id", ":" … between itself and the value. */
  weak?: boolean;
}

const LABELS: Label[] = [
  {
    kind: "ssn",
    digits: 4,
    words:
      "ssn|s\\.s\\.n\\.?|social(?: security)?(?: (?:number|no\\.?|num|#))?|soc(?:ial)? sec(?:urity)?|ss ?#|last (?:4|four)(?: (?:of )?(?:ssn|social))?|itin|ein|tin|tax ?(?:payer)?(?: id| number)|sin|nino|national insurance",
  },
  {
    kind: "mrn",
    digits: 2,
    words:
      "mrn|m\\.r\\.n\\.?|medical ?rec(?:ord)?s?|med(?:ical)? ?rec|record|chart|hospital (?:number|no\\.?|id)|nhs|uhid|mpi|empi|emr|ehr|health record|patient record|hosp ?#|unit (?:number|no\\.?)|mr ?#",
  },
  {
    kind: "health_plan",
    digits: 2,
    words:
      "health ?plan|health (?:id|card|insurance)|insurance|insurer|ins|policy|plan|member(?:ship)?|subscriber|beneficiary|medicare|medicaid|medi-cal|tricare|champus|hicn?|mbi|group|grp|payer|payor|hmo|ppo|coverage|rx ?bin|bin|pcn|rxgrp|rx ?group|aetna|cigna|humana|bcbs|blue cross(?: blue shield)?|anthem|kaiser|united ?health(?:care)?",
    weak: true,
  },
  {
    kind: "account",
    digits: 3,
    words:
      "account|acct|a/c|acc|routing|aba|rtn|swift|bic|iban|credit card|debit card|card|visa|mastercard|amex|invoice|inv|bill(?:ing)?|statement|bank|checking|savings|cheque|check|wallet|bitcoin|btc|crypto|ethereum|payment|receipt|guarantor|claim",
    weak: true,
  },
  {
    kind: "license",
    digits: 3,
    words:
      "npi|n\\.p\\.i\\.?|dea|d\\.e\\.a\\.?|(?:driver'?s?'?|drivers|driving|medical|nursing|professional|state|pharmacy|pharmacist|rn|md|do|np|pa|physician)? ?licen[sc]e|lic|dl|d\\.l\\.?|driver'?s? (?:id|permit)|permit|certificate|cert|registration|credential|upin",
    weak: true,
  },
  {
    kind: "vehicle",
    digits: 1,
    words:
      "vin|v\\.i\\.n\\.?|vehicle(?: id(?:entification)?)?|chassis|licen[sc]e plates?|number plate|plates?|tag|vehicle reg(?:istration)?|reg(?:istration)? plate|ambulance|car",
    weak: true,
  },
  {
    kind: "device",
    digits: 2,
    words:
      "serial|ser|s/n|sn|udi(?:-di|-pi)?|udi|di|device|imei|imsi|meid|iccid|mac|implant|pacemaker|defibrillator|pump|glucometer|cgm|ventilator|monitor|sensor|stent|prosthesis|hearing aid|model|asset|uuid|udid|handset",
    weak: true,
  },
  {
    kind: "biometric",
    digits: 0,
    words:
      "(?:finger|palm|thumb|foot|voice)[- ]?prints?|retina(?:l)?|iris|biometrics?|facial|face ?(?:id|recognition|template|print)|hand geometry|vein pattern|dna profile|genetic profile|gait",
    weak: true,
  },
  {
    kind: "photo",
    digits: 2,
    words: "photo(?:graph)?s?|images?|img|picture|pic|snapshot|selfie|portrait|headshot|video",
    weak: true,
  },
  {
    kind: "other_id",
    digits: 2,
    words:
      "id|i\\.d\\.?|ids|identifier|identification|patient|pt|pid|csn|fin|har|ref|reference|case|confirmation|conf|booking|accession|acc|encounter|enc|visit|order|ord|specimen|sample|ticket|tracking|track|study|trial|protocol|subject|participant|employee|emp|staff|badge|operator|student|passport|visa|national id|national|aadhaar|aadhar|pan|curp|rfc|nif|nie|dni|cpf|voter|alien|a-number|incident|request|req|requisition|prescription|rx|script|referral|authorization|auth|pre-?auth|approval|donor|recipient|barcode|bar code|file|file no|folio|docket|code|pin|passcode|password|passphrase|otp|token|key|ship(?:ment|ping)?|package|parcel|ups|fedex|usps|dhl|locker|coupon|voucher|loyalty|frequent flyer|military|service|dod|edipi|va|inmate|prisoner|client|customer|contract|transaction|txn|trace|job|batch|bag|unit|donation|isbt|kit|crn|urn|hrn|npid|number|no|num|nr|registry|session|message|notification|record locator|pnr|uid|guid|sid|oid",
    weak: true,
  },
];

const FILLER =
  /(?:[ \t]{0,3}(?:numbers?\b|num\b\.?|no\b\.?|nr\b\.?|nos\b\.?|#|№|ids?\b|i\.d\.?|identification\b|identifier\b|code\b|card\b|account\b|acct\b\.?|record\b|policy\b|plan\b|member\b|plate\b|serial\b|template\b|hash\b|scan\b|reference\b|ref\b\.?|registration\b|file\b|locator\b|on file\b|end(?:ing|s)(?: in| with)?\b|is\b|was\b|are\b|=|:|-|\()|[ \t]{1,3}(?:of|for|the|to|as|with)\b(?=[ \t]*[#:A-Z0-9]*\d)){0,6}[ \t]{0,3}["'([]?#?[ \t]?/iy;
const STRONG_FILLER =
  /#|№|:|=|\b(?:numbers?|num|no|nr|ids?|i\.d|identification|identifier|code|template|hash|reference|ref|serial|plate|locator|ending|is|was|card|account)\b/i;
/** One token, or groups of it apart by single spaces where they hold digits. */
const VALUE =
  /[A-Za-z0-9*](?:[A-Za-z0-9*]|[-./_:](?=[A-Za-z0-9*])){1,60}(?: (?=[A-Za-z]{0,3}\d)(?:[A-Za-z]{0,3}\d[A-Za-z0-9]{1,12}|[A-Za-z]?\d)(?=[-\s.,;:)?!"'\]]|$)){0,6}/y;
const CLINICAL_VALUE =
  /^(?:\d{1,3}\/\d{1,3}|\d+(?:\.\d+)?(?:mg|mcg|ml|mmol|kg|units?|iu|meq|cc|mm|cm|bpm|mmhg|hrs?|st|nd|rd|th|pm|am|%|yo)|\d{1,3}(?:\.\d+)?[ghdxkymf]|\d{1,2}:\d{2}(?:am|pm)?|(?:19|20)\d\d|\d{1,2}[/.]\d{1,2}|\d{1,3}(?:,\d{3})+)$/i;
const UNIT_AFTER =
  /^ ?(?:mg|mcg|µg|ug|ml|mL|L|dL|g|kg|lbs?|units?|iu|mmol|mEq|cells|bpm|mmHg|hours?|hrs?|days?|weeks?|months?|years?|minutes?|mins?|tablets?|tabs?|caps|doses?|%|x10|times|points?|patients|beds?|cm|mm)\b/i;

/** Labels are sought in the text in lower case: first where any of them begins, then which it is. */
const END = "s?(?![a-z\\u00aa-\\u1fff])";
const ANY = new RegExp(`\\b(?:${LABELS.map(({ words }) => words).join("|")})${END}`, "g");
const compiled = LABELS.map((label) => ({ ...label, regex: new RegExp(`(?:${label.words})${END}`, "y") }));
const IN_WORD = /[\p{L}\p{N}]/u;

/** Identifiers that a label announces: "MRN: 00123-4", "policy no. HX 223344", "the vin is …". */
export const labelled: Rule = (text, found) => {
  const low = text.toLowerCase();
  const lower = low.length === text.length ? low : text;
  const passed = new Uint32Array(compiled.length);
  ANY.lastIndex = 0;
  for (let any = ANY.exec(lower); any !== null; any = ANY.exec(lower)) {
    const { index } = any;
    ANY.lastIndex = index + 1;
    if (index > 0 && IN_WORD.test(text.charAt(index - 1))) continue;
    for (const [i, { kind, regex, digits, weak }] of compiled.entries()) {
      if (index < (passed[i] ?? 0)) continue;
      regex.lastIndex = index;
      const label = regex.exec(lower)?.[0];
      if (label === undefined) continue;
      const after = index + label.length;
      passed[i] = after;
      FILLER.lastIndex = after;
      const filler = FILLER.exec(text)?.[0] ?? "";
      const start = after + filler.length;
      if (start === after) continue;
      VALUE.lastIndex = start;
      const match = VALUE.exec(text)?.[0];
      if (match === undefined) continue;
      const letters =
        kind === "vehicle"
          ? (/^ [A-Z]{2,4}(?![\p{L}\p{N}])/u.exec(
              text.slice(start + match.length, start + match.length + 6),
            )?.[0] ?? "")
          : "";
      const value = (match + letters).replace(/[.:/_-]+$/, "");
      if (!plausible(value, digits, weak === true && !STRONG_FILLER.test(filler + label), text, start))
        continue;
      if (isMeasured(filler, value, weak === true, text, start)) continue;
      found.push({ start, end: start + value.length, kind, score: 0.92 });
      findFurther(value, kind, text, start + value.length, found);
    }
  }
};

/**
 * "Patient was 104", "Unit is 112% full", "Case: 1200 start": a measurement or a time after a word that is also a
 * label.
 */
function isMeasured(filler: string, value: string, weak: boolean, text: string, start: number): boolean {
  if (isPublicCode(text, start, start + value.length)) return true;
  if (!weak || !/^\d{1,4}(?:\.\d{1,2})?$/.test(value)) return false;
  if (
    /\b(?:is|was|are)\b/i.test(filler) &&
    !/#|№|\b(?:numbers?|num|no|nr|ids?|identifier|ref)\b/i.test(filler)
  )
    return true;
  return (
    /^(?:[01]\d|2[0-3])[0-5]\d$/.test(value) &&
    /^ ?(?:-|to|till|until|start|hours?|hrs?|h\b|end|delay|called|stopped|began|cut|done|time)/i.test(
      text.slice(start + value.length, start + value.length + 8),
    )
  );
}

const FURTHER = /(?:,? ?(?:and|or|&|plus|vs\.?)|,|;| ?\/) ?#?/iy;

/** "58820C and 41196B": a value that is joined to an identifier and looks like it. */
function findFurther(first: string, kind: Kind, text: string, end: number, found: Candidate[]): void {
  for (let at = end; ;) {
    FURTHER.lastIndex = at;
    const joint = FURTHER.exec(text)?.[0];
    if (joint === undefined) return;
    VALUE.lastIndex = at + joint.length;
    const value = VALUE.exec(text)?.[0].replace(/[.:/_-]+$/, "");
    if (value === undefined || !isAlike(first, value)) return;
    if (isPublicCode(text, at + joint.length, at + joint.length + value.length)) return;
    at += joint.length + value.length;
    found.push({ start: at - value.length, end: at, kind, score: 0.9 });
  }
}

function isAlike(one: string, other: string): boolean {
  const digits = (value: string): number => value.replace(/\D/g, "").length;
  return (
    digits(other) > 2 &&
    Math.abs(digits(one) - digits(other)) < 2 &&
    Math.abs(one.length - other.length) < 2 &&
    /[A-Za-z]/.test(one) === /[A-Za-z]/.test(other)
  );
}

function plausible(value: string, digits: number, weak: boolean, text: string, start: number): boolean {
  const count = value.replace(/\D/g, "").length;
  if (count < Math.max(digits, 1) || value.length < 3) return false;
  const head = value.split(" ", 1)[0] ?? "";
  if (!/\d/.test(head) && (digits > 0 || head !== value) && !/^[A-Z]{1,5}$/.test(head)) return false;
  if (/^NCT\d{8}$/i.test(value)) return false;
  if (CLINICAL_VALUE.test(value) || (count < 3 && /[a-z]{3}/.test(value))) return false;
  if (
    /^\d{1,5}(?:\.\d+)?$/.test(value) &&
    UNIT_AFTER.test(text.slice(start + value.length, start + value.length + 12))
  )
    return false;
  return (
    !weak ||
    count >= 5 ||
    (count >= 2 && /^[A-Z0-9-]{5,}$/.test(value) && /[A-Z]/.test(value)) ||
    (count >= 3 && /[A-Z]/.test(value))
  );
}
