import { z } from "zod";

export const NewAddress = z.object({ address: z.string().min(1).max(400) });
export const Code = z.object({
  code: z
    .string()
    .trim()
    .regex(/^\d{6}$/, "must be six digits"),
});

/** Where a channel reaches the person. */
export const ContactPoint = z.object({
  channel: z.string(),
  address: z.string().nullable().describe("In use; null until one was verified"),
  verified_at: z.iso.datetime().nullable(),
  pending_address: z.string().nullable().describe("Waits for the code that was sent there"),
  code_expires_at: z.iso.datetime().nullable(),
});
export type ContactPoint = z.infer<typeof ContactPoint>;
