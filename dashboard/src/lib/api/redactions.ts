import type { Answer, Body } from "../contract.ts";
import { pageOf } from "./pages.ts";
import type { Page } from "./pages.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

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

export type DraftTrial = Body<"tryRedactionDraft">;

/** Redacts a text on trial by settings that no territory has yet; nothing of either is kept. */
export const tryRedactionDraft = (trial: DraftTrial): Promise<TrialResult> =>
  request("/redactions/drafts", { method: "POST", body: trial });

/** What is marked in a text: an identifier that was missed, or something that is none. */
export type Marking = Body<"markRedaction">;
/** What a supervisor marked, as a template: its values are replaced. */
export type Example = Answer<"listRedactionExamples">["examples"][number];

/** Keeps what was marked, sealed. The act goes on record. */
export const markRedaction = (marking: Marking): Promise<Answer<"markRedaction">> =>
  request("/redactions/examples", { method: "POST", body: marking });

/** One page of what supervisors marked, the newest first. */
export async function listExamples(query: URLSearchParams, fetch?: Fetch): Promise<Page<Example>> {
  return pageOf(
    await request<Answer<"listRedactionExamples">>("/redactions/examples", { query, fetch }),
    "examples",
  );
}

/** Removes an example for good. The act goes on record. */
export async function removeExample(id: string): Promise<void> {
  await send(`/redactions/examples/${encodeURIComponent(id)}`, { method: "DELETE" });
}
