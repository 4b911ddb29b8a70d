import { z } from "zod";
import { KINDS } from "../../redaction/index.ts";
import { SendBody } from "../notifications/schema.ts";

/** A text to try the redaction on, as a territory's own settings would have it. */
export const Trial = z
  .strictObject({
    text: z.string().min(1),
    known: SendBody.shape.known,
    territory_id: z.string().min(1).max(200).optional(),
  })
  .meta({ id: "RedactionTrial", examples: [{ text: "Ask Jane Roe, 202-555-0123, to come in." }] });

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
        rules: { version: "2", counts: { name: 1, phone: 1 } },
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
