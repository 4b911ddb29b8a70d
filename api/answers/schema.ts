import { z } from "zod";

/** An answer by the link that a message had. */
export const LinkAnswer = z
  .strictObject({
    token: z.string().min(1).max(500).describe("What stands behind # in the link"),
    answer: z.enum(["acknowledge", "decline"]),
  })
  .meta({ id: "LinkAnswer", examples: [{ token: "b3Blbi1zZXNhbWU", answer: "acknowledge" }] });

export const LinkAnswered = z
  .object({ status: z.enum(["acknowledged", "declined"]) })
  .meta({ id: "LinkAnswered", examples: [{ status: "acknowledged" }] });

export const ByToken = z.object({ token: z.string().min(1).max(1_000) });
