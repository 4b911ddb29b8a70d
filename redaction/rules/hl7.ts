import type { Candidate, Kind } from "../kinds.ts";
import { eachMatch, type Rule } from "./rule.ts";

/** What identifies somebody within a field: its kind, the components that may hold it (the first is 0), and its form. */
interface Part {
  kind: Kind;
  components: readonly number[];
  form: RegExp;
}

const WORDS = /^\p{L}[\p{L}\p{M}'. -]{0,60}$/u;
const number = (kind: Kind): Part[] => [{ kind, components: [0], form: /\d{3}/ }];

/** What a field holds, and its parts. A person's identifier has a digit and stands where the name may begin too. */
const CONTENTS = {
  name: [{ kind: "name", components: [0, 1, 2], form: WORDS }],
  person: [
    { kind: "other_id", components: [0], form: /\d/ },
    { kind: "name", components: [0, 1, 2, 3], form: WORDS },
  ],
  address: [{ kind: "geo", components: [0, 1, 2, 4], form: /[\p{L}\d]{2}/u }],
  facility: [{ kind: "facility", components: [0], form: WORDS }],
  mrn: number("mrn"),
  phone: number("phone"),
  account: number("account"),
  ssn: number("ssn"),
  license: number("license"),
  health_plan: number("health_plan"),
  other_id: number("other_id"),
} satisfies Record<string, Part[]>;

type Content = keyof typeof CONTENTS;

/** Fields that identify somebody, by segment and number (HL7 v2.5.1, chapters 3, 4, 6, 7, 9 and 15). */
const FIELDS: Record<string, Record<number, Content>> = {
  MSH: { 3: "facility", 5: "facility" },
  PID: {
    2: "mrn",
    3: "mrn",
    4: "mrn",
    5: "name",
    6: "name",
    9: "name",
    11: "address",
    13: "phone",
    14: "phone",
    18: "account",
    19: "ssn",
    20: "license",
  },
  NK1: { 2: "name", 4: "address", 5: "phone", 6: "phone", 30: "name", 31: "phone", 32: "address" },
  GT1: { 2: "account", 3: "name", 4: "name", 5: "address", 6: "phone", 7: "phone", 12: "ssn" },
  IN1: { 16: "name", 19: "address", 36: "health_plan" },
  IN2: { 2: "ssn", 6: "health_plan", 8: "health_plan" },
  PV1: { 7: "person", 8: "person", 9: "person", 17: "person", 19: "other_id", 52: "person" },
  PD1: { 4: "person" },
  ORC: { 2: "other_id", 3: "other_id", 10: "person", 11: "person", 12: "person", 19: "person" },
  OBR: {
    2: "other_id",
    3: "other_id",
    10: "person",
    16: "person",
    28: "person",
    32: "person",
    33: "person",
    34: "person",
    35: "person",
  },
  OBX: { 16: "person" },
  EVN: { 5: "person" },
  TXA: { 5: "person", 9: "person", 10: "person", 11: "person", 12: "other_id", 22: "person" },
  STF: { 1: "other_id", 2: "other_id", 3: "name", 10: "phone", 11: "address" },
  PRA: { 6: "license" },
  MRG: { 1: "mrn", 7: "name" },
  SPM: { 2: "other_id" },
  AIP: { 3: "person" },
  SCH: { 12: "person", 16: "person", 20: "person" },
  PRD: { 2: "name", 3: "address", 5: "phone" },
  ROL: { 4: "person" },
  RXA: { 10: "person" },
};
const SEGMENT = /^([A-Z][A-Z\d]{2})\|[^\n\r]*/gm;

/** Segments of HL7 v2: the fields in which the standard has a name, an address or a number. */
export const hl7: Rule = (text, found) => {
  if (!text.includes("|")) return;
  eachMatch(SEGMENT, text, ({ 0: segment, 1: name = "", index }) => {
    const contents = FIELDS[name];
    if (contents === undefined) return;
    split(segment, "|", index).forEach(({ start, value }, field) => {
      const content = contents[field];
      if (content === undefined) return;
      for (const one of split(value, "~", start)) findIn(content, one, found);
    });
  });
};

/** Adds what identifies somebody in one value of a field. */
function findIn(content: Content, { start, value }: Piece, found: Candidate[]): void {
  const pieces = split(value, "^", start);
  for (const { kind, components, form } of CONTENTS[content])
    for (const component of components) {
      const piece = pieces[component];
      if (piece !== undefined && form.test(piece.value))
        found.push({ start: piece.start, end: piece.start + piece.value.length, kind, score: 0.95 });
    }
}

/** A piece of a text, and where in the text it begins. */
interface Piece {
  start: number;
  value: string;
}

/** The pieces that a separator of one character keeps apart; the first begins at `start`. */
function split(text: string, separator: string, start: number): Piece[] {
  let next = start;
  return text.split(separator).map((value) => {
    const piece = { start: next, value };
    next += value.length + 1;
    return piece;
  });
}
