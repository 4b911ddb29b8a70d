import type { Candidate, Kind } from "../kinds.ts";
import type { Rule } from "./rule.ts";

/**
 * The content of a field: a person's name, somebody with an identifier before the name, an address, or a value of a
 * kind.
 */
type Content = "name" | "person" | "address" | Kind;

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
const SEGMENT = /(?:^|[\n\r])([A-Z][A-Z\d]{2})\|[^\n\r]*/g;

/** Segments of HL7 v2: the fields in which the standard has a name, an address or a number. */
export const hl7: Rule = (text, found) => {
  if (!text.includes("|")) return;
  SEGMENT.lastIndex = 0;
  for (let hit = SEGMENT.exec(text); hit !== null; hit = SEGMENT.exec(text)) {
    const contents = FIELDS[hit[1] ?? ""];
    if (contents === undefined) continue;
    let at = hit.index + hit[0].search(/[A-Z]/);
    const segment = text.slice(at, hit.index + hit[0].length);
    segment.split("|").forEach((field, number) => {
      const content = contents[number];
      if (content !== undefined)
        for (const [start, value] of split(field, "~")) findIn(content, value, at + start, found);
      at += field.length + 1;
    });
  }
};

function findIn(content: Content, value: string, at: number, found: Candidate[]): void {
  const components = split(value, "^");
  const add = (kind: Kind, [start, part]: [number, string], form: RegExp): void => {
    if (form.test(part)) found.push({ start: at + start, end: at + start + part.length, kind, score: 0.95 });
  };
  const WORD = /^\p{L}[\p{L}\p{M}'. -]{0,60}$/u;
  components.forEach((component, i) => {
    if (content === "name" && i < 3) add("name", component, WORD);
    else if (content === "person" && i === 0 && /\d/.test(component[1])) add("other_id", component, /\d/);
    else if (content === "facility" && i === 0) add("facility", component, WORD);
    else if (content === "person" && i < 4) add("name", component, WORD);
    else if (content === "address" && (i < 3 || i === 4)) add("geo", component, /[\p{L}\d]{2}/u);
    else if (
      content !== "name" &&
      content !== "person" &&
      content !== "address" &&
      content !== "facility" &&
      i === 0
    )
      add(content, component, /\d{3}/);
  });
}

/** The parts of a field, each with where it begins. */
function split(value: string, separator: string): [start: number, part: string][] {
  let at = 0;
  return value.split(separator).map((part) => {
    const start = at;
    at += part.length + separator.length;
    return [start, part];
  });
}
