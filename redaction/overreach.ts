import { analyze } from "./analyze.ts";
import type { Options } from "./options.ts";
import { stepsOf } from "./patterns.ts";

/** What a territory adds to what is redacted anyway. */
type Additions = Pick<Options, "patterns" | "hidden">;

/** As many steps as all patterns of a territory may have together: each message is read by all of them. */
export const MOST_STEPS_TOGETHER = 1_200;

/** What alerts say that name nobody: the values in them are what somebody acts by. */
const ALERTS = [
  "Potassium 6.8 mmol/L, critical high. Sodium 132, glucose 41 mg/dL, lactate 4.2. Repeat the sample now.",
  "Hemoglobin 6.4 g/dL, down from 9.1; platelets 12,000/uL. Two units are ready, please come and collect.",
  "BP 82/46, HR 138, RR 31, SpO2 84 % on 15 L oxygen, GCS 9. Rapid response team to the ward at once.",
  "Blood culture positive after 11 hours: gram-negative rods in 2 of 2 bottles. Start antibiotics.",
  "Troponin 0.84 ng/mL, was 0.05 at 3 h. ST elevation in V2 to V4, the catheter laboratory is called.",
  "CT head: acute bleeding with 9 mm midline shift. Neurosurgery asks you to call back within 10 minutes.",
  "Infusion pump alarm: occlusion. Insulin 4 units an hour has stopped; check the line and the patient.",
  "Dose of gentamicin 480 mg exceeds the limit of 5 mg/kg; the pharmacy holds the order until you answer.",
  "The operation is moved to room 4 at 14:30. Nothing by mouth from now on, stop heparin.",
].join("\n");

/** A value, and a share of the text of alerts that additions may hide by chance. */
const VALUE = /\d/;
const MOST_HIDDEN = 0.05;

/**
 * Why a territory's patterns and hidden values would do harm, in words for an admin: they take too long on each message, or would
 * leave alerts without what somebody has to read in them. Null where they are fine.
 */
export function overreach({ patterns = [], hidden = [] }: Additions): string | null {
  const steps = patterns.reduce((sum, { source }) => sum + stepsOf(source), 0);
  if (steps > MOST_STEPS_TOGETHER)
    return `the patterns have ${steps} steps together; ${MOST_STEPS_TOGETHER} is the most`;
  if (patterns.length + hidden.length === 0) return null;
  for (const text of variants()) {
    const fault = harm(text, { patterns, hidden });
    if (fault !== null) return fault;
  }
  return null;
}

/** The alerts with each of their digits moved on by 0 to 9, so that no pattern leaves alone only the values that stand here. */
function* variants(): Generator<string> {
  for (let by = 0; by < 10; by++)
    yield ALERTS.replaceAll(/\d/g, (digit) => String((Number(digit) + by) % 10));
}

function harm(text: string, additions: Additions): string | null {
  const anyway = new Set(places(text, {}));
  const more = places(text, additions).filter((at) => !anyway.has(at));
  const value = more.find((at) => VALUE.test(text.charAt(at)));
  if (value !== undefined)
    return `would hide "${around(text, value, /\s/)}" in "${around(text, value, /\n/)}"`;
  if (more.length <= MOST_HIDDEN * text.length) return null;
  const share = Math.round((100 * more.length) / text.length);
  return `would hide ${share} % of what alerts say, such as "${around(text, more[0] ?? 0, /\s/)}"`;
}

/** Each place of a text that is hidden. */
const places = (text: string, additions: Additions): number[] =>
  analyze(text, additions, []).flatMap(({ start, end }) =>
    Array.from({ length: end - start }, (_, index) => start + index),
  );

/** What stands around a place of a text up to a border on either side. */
function around(text: string, at: number, border: RegExp): string {
  const before = text.slice(0, at).split(border).at(-1) ?? "";
  const after = text.slice(at).split(border)[0] ?? "";
  return before + after;
}
