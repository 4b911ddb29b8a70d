import { z } from "zod";
import { ByTime } from "../http/cursor.ts";
import { Next, pageBy, Time } from "../http/schema.ts";
import { KINDS } from "../../redaction/kinds.ts";
import { RedactionSettings } from "../../store/settings.ts";
import { SendBody } from "../notifications/schema.ts";

/** A text to try the redaction on, as a territory's own settings would have it. */
export const Trial = z
  .strictObject({
    text: z.string().min(1),
    known: SendBody.shape.known,
    territory_id: z.string().min(1).max(200).optional(),
  })
  .meta({ id: "RedactionTrial", examples: [{ text: "Ask Jane Roe, 202-555-0123, to come in." }] });

/** Settings of redaction that no territory has yet, and a text to try them on. */
export const DraftTrial = z.strictObject({ text: z.string().min(1), redaction: RedactionSettings }).meta({
  id: "RedactionDraftTrial",
  examples: [
    {
      text: "Specimen ZX-1234 is ready.",
      redaction: { patterns: [{ kind: "other_id", source: "ZX-[0-9]{4}" }] },
    },
  ],
});

export const TrialResult = z
  .object({
    text: z.string(),
    spans: z.array(z.object({ start: z.int(), end: z.int(), kind: z.enum(KINDS) })),
    rules: z.object({ version: z.string(), counts: z.record(z.string(), z.int()) }),
    why: z
      .array(
        z.object({
          start: z.int(),
          end: z.int(),
          label: z.enum(["none", "name", "geo", "facility"]),
          reasons: z.array(z.object({ signal: z.string(), weight: z.number() })),
        }),
      )
      .describe("The words of names and places, each with the signals that weighed most for or against it."),
  })
  .meta({
    id: "Redaction",
    examples: [
      {
        text: "Ask [name], [phone], to come in.",
        spans: [{ start: 4, end: 12, kind: "name" }],
        rules: { version: "4", counts: { name: 1, phone: 1 } },
        why: [
          {
            start: 4,
            end: 8,
            label: "name",
            reasons: [{ signal: "its capitals and the lists of names and words", weight: 41 }],
          },
        ],
      },
    ],
  });

export type TrialResult = z.infer<typeof TrialResult>;

/** A stretch of a text that somebody who supervises marks. */
export const Marking = z
  .strictObject({
    text: z.string().min(1),
    start: z.int().min(0).describe("In UTF-16 code units"),
    end: z.int().min(1).describe("In UTF-16 code units, exclusive"),
    verdict: z
      .enum(["missed", "false_alarm"])
      .describe("Whether it should have been hidden, or should have stayed"),
    kind: z.enum(KINDS).describe("What it is, or was taken for"),
    territory_id: z.string().min(1).max(200).optional(),
  })
  .refine(({ text, start, end }) => start < end && end <= text.length, {
    error: "must lie within the text",
    path: ["end"],
  })
  .meta({
    id: "RedactionMark",
    examples: [{ text: "Ask park about it.", start: 4, end: 8, verdict: "missed", kind: "name" }],
  });
export type Marking = z.infer<typeof Marking>;

export const GivenExample = z.object({ example_id: z.uuid() }).meta({
  id: "GivenRedactionExample",
  examples: [{ example_id: "0195a1f0-5c00-7000-8000-000000000001" }],
});

export const ExamplesQuery = pageBy(ByTime).extend({ territory: z.string().max(200).optional() });
export type ExamplesQuery = z.infer<typeof ExamplesQuery>;

export const Example = z
  .object({
    example_id: z.uuid(),
    territory_id: z.string(),
    user_id: z.string().describe("Who marked it"),
    name: z.string().describe("What they are called"),
    verdict: z.enum(["missed", "false_alarm"]),
    kind: z.enum(KINDS),
    template: z.string().describe("The text with every identifier replaced by a slot of its kind"),
    created_at: Time,
  })
  .meta({
    id: "RedactionExample",
    examples: [
      {
        example_id: "0195a1f0-5c00-7000-8000-000000000001",
        territory_id: "west-hospital",
        user_id: "a.example",
        name: "A. Example",
        verdict: "missed",
        kind: "name",
        template: "Ask {name:@last} about it.",
        created_at: "2026-02-03T09:30:00.000Z",
      },
    ],
  });
export type Example = z.infer<typeof Example>;

export const ExampleList = z
  .object({ examples: z.array(Example), next: Next })
  .meta({ id: "RedactionExampleList" });
