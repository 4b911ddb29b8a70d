import { z } from "zod";
import { Time } from "../http/schema.ts";

export const ByChannel = z.object({ channel: z.string() });

export const NewAddress = z
  .strictObject({ address: z.string().min(1).max(400) })
  .meta({ id: "NewAddress", examples: [{ address: "+12025550123" }] });

export const ContactCode = z
  .strictObject({
    code: z
      .string()
      .trim()
      .regex(/^\d{6}$/, "must be six digits"),
  })
  .meta({ id: "ContactCode", examples: [{ code: "123456" }] });

/** Where a channel reaches the person. */
export const ContactPoint = z
  .object({
    channel: z.string(),
    address: z.string().nullable().describe("In use; null until one was verified"),
    verified_at: Time.nullable(),
    pending_address: z
      .string()
      .nullable()
      .describe("A code was sent there; the address is used once the code is given back"),
    code_expires_at: Time.nullable(),
  })
  .meta({
    id: "ContactPoint",
    examples: [
      {
        channel: "sms",
        address: "+12025550123",
        verified_at: "2026-01-05T08:00:00.000Z",
        pending_address: null,
        code_expires_at: null,
      },
    ],
  });
export type ContactPoint = z.infer<typeof ContactPoint>;

export const ContactPointList = z.object({ contact_points: z.array(ContactPoint) });
