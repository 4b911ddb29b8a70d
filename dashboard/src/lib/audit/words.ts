import type { AuditSeal } from "../api/audit.ts";
import type { Tone } from "../ui/tone.ts";

const OUTCOME_WORDS: Record<string, { words: string; tone: Tone }> = {
  ok: { words: "Done", tone: "good" },
  denied: { words: "Refused", tone: "warn" },
  failed: { words: "Failed", tone: "bad" },
};

/** How an act ended, in words and tone. */
export const outcomeWords = (outcome: string): { words: string; tone: Tone } =>
  OUTCOME_WORDS[outcome] ?? { words: outcome, tone: "neutral" };

/** An event's details in words, e.g. "steps: 2; channels: email, sms". */
export function payloadWords(payload: Record<string, unknown>): string {
  return Object.entries(payload)
    .flatMap(([name, value]) => {
      const text = valueWords(value);
      return text === "" ? [] : [`${name.replaceAll("_", " ")}: ${text}`];
    })
    .join("; ");
}

function valueWords(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value === true) return "yes";
  if (value === false) return "no";
  if (Array.isArray(value)) return value.map(valueWords).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Sealing that is this far behind needs a look, in seconds. */
const BEHIND = 300;

export interface SealWords {
  tone: Tone;
  state: string;
  text: string;
}

/** How far the record is sealed, in words. */
export function sealWords({ checkpoint, genuine, lag_seconds: lag }: AuditSeal): SealWords {
  if (checkpoint === null)
    return {
      tone: "warn",
      state: "Not sealed yet",
      text: "The first signed checkpoint has not been made yet.",
    };
  if (genuine === false)
    return {
      tone: "bad",
      state: "Does not fit",
      text: `Checkpoint ${checkpoint} does not fit its own hash and signature: the record may have been tampered with. Keep everything as it is, and have npm run audit:verify run.`,
    };
  const fits = `Checkpoint ${checkpoint} fits its hash and signature.`;
  if (lag > BEHIND)
    return {
      tone: "warn",
      state: "Sealing is behind",
      text: `${fits} The oldest event that no checkpoint holds yet is ${span(lag)} old.`,
    };
  const rest =
    lag === 0
      ? "It holds everything except events of the last moments."
      : `The newest events wait for the next one, the oldest for ${span(lag)}.`;
  return { tone: "good", state: "Sealed", text: `${fits} ${rest}` };
}

const span = (seconds: number): string =>
  seconds < 120
    ? `${seconds} s`
    : seconds < 7_200
      ? `${Math.round(seconds / 60)} min`
      : `${Math.round(seconds / 3_600)} h`;
