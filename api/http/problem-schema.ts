import { z } from "zod";

/** A problem document (RFC 9457), as every refusal comes. */
export const ProblemDocument = z
  .object({
    type: z.string().describe("Stable: urn:tocsin:problem:<kind>"),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe("Each field that is missing or wrong"),
  })
  .meta({
    id: "Problem",
    examples: [
      {
        type: "urn:tocsin:problem:invalid",
        title: "Invalid",
        status: 422,
        detail: "Some fields are missing or wrong; see errors.",
        errors: [{ path: "/message", message: "must hold a visible character" }],
      },
    ],
  });
export type ProblemDocument = z.infer<typeof ProblemDocument>;
