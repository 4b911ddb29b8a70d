import { request } from "./request.ts";

/** A stretch of the text that identifies somebody; offsets in UTF-16 code units, end exclusive. */
export interface Span {
  start: number;
  end: number;
  kind: string;
}

export interface Known {
  kind: string;
  value: string;
}

export interface Trial {
  text: string;
  known?: Known[];
  territory_id?: string;
}

export interface TrialResult {
  text: string;
  spans: Span[];
  rules: {
    version: string;
    /** How often each kind was found. */
    counts: Record<string, number>;
  };
}

/** What the redaction would take out of a text; nothing of it is kept. */
export const tryRedaction = (trial: Trial): Promise<TrialResult> =>
  request("/redactions", { method: "POST", body: trial });
