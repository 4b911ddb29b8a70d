import type { Answer, Body } from "../contract.ts";
import { request } from "./request.ts";

export type Trial = Body<"tryRedaction">;
export type TrialResult = Answer<"tryRedaction">;
/** A stretch of the text that identifies somebody; offsets in UTF-16 code units, end exclusive. */
export type Span = TrialResult["spans"][number];
/** A kind of identifier. */
export type Kind = Span["kind"];
export type Known = NonNullable<Trial["known"]>[number];

/** Redacts a text on trial; nothing of it is kept. */
export const tryRedaction = (trial: Trial): Promise<TrialResult> =>
  request("/redactions", { method: "POST", body: trial });
