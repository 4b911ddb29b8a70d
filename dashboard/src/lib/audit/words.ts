import type { AuditSeal, Verification } from "../api/audit.ts";
import type { Tone } from "../ui/tone.ts";
import { language, shown } from "../language.ts";

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
  if (value === true) return shown("yes");
  if (value === false) return shown("no");
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

const UNKNOWN: Record<NonNullable<Verification["reason"]>, string> = {
  no_key: "The node that tried knows no key to trust: set TOCSIN_AUDIT_KEY or TOCSIN_AUDIT_TRUSTED_KEYS.",
  no_archives:
    "Older events are in archives, and the node that tried is told of no folder with them (TOCSIN_ARCHIVES).",
  too_long: "It took longer than six hours. Have npm run audit:verify run, which takes as long as it needs.",
  failed: "It broke off. Try again; whoever runs Tocsin finds the reason in its log.",
};

const counted = (count: number): string => count.toLocaleString(language);
const eventsWords = (count: number): string => (count === 1 ? "1 event" : `${counted(count)} events`);
const checkpointsWords = (count: number): string =>
  count === 1 ? "1 checkpoint" : `${counted(count)} checkpoints`;
const foundWords = (differences: number): string =>
  differences === 1 ? "1 difference was found." : `${counted(differences)} differences were found.`;
const lateWords = (events: number): string =>
  events === 1
    ? "1 event of the last moments is not sealed yet."
    : `${counted(events)} events of the last moments are not sealed yet.`;

/** What a verification came to, or how far it is, as a plain answer. */
export function verificationWords(found: Verification): SealWords {
  const { outcome, reason, events, checkpoints, findings, anchored_up_to: anchored, unsealed } = found;
  const held = `${eventsWords(events)} in ${checkpointsWords(checkpoints)}`;
  if (outcome === null) return { tone: "neutral", state: "Verifying", text: `${held} compared so far.` };
  if (outcome === "unknown")
    return { tone: "warn", state: "Can't be told", text: UNKNOWN[reason ?? "failed"] };
  if (outcome === "altered")
    return {
      tone: "bad",
      state: "Altered",
      text: `No: the record is not as it was sealed. ${foundWords(findings.length)} Keep everything as it is.`,
    };
  const late = unsealed ? ` ${lateWords(unsealed)}` : "";
  return anchored === null
    ? {
        tone: "warn",
        state: "Whole, as far as it goes",
        text: `Yes: ${held} are as they were sealed. But the node has no anchor file, so nothing shows that the end is not cut off.${late}`,
      }
    : {
        tone: "good",
        state: "Whole",
        text: `Yes: ${held} are as they were sealed, and the anchor file agrees up to checkpoint ${anchored}.${late}`,
      };
}
