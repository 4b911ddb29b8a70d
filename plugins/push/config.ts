import { z } from "zod";

/** The push services of Chrome and its kin, Firefox, Safari, and Edge, which names one of many hosts. */
const SERVICES = [
  "fcm.googleapis.com",
  "updates.push.services.mozilla.com",
  "*.push.apple.com",
  "*.notify.windows.com",
];

/** The content of `CHANNEL_PUSH`. Unknown keys are refused, so that a misspelt one is not silently ignored. */
export const configSchema = z.strictObject({
  /** Whom a push service writes to where something is wrong (RFC 8292, 2.1). */
  contact: z
    .string()
    .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/, "must be a mailto: or https: address")
    .max(300),
  /** The push services that browsers may name, as hosts. */
  hosts: z.array(z.string().min(1)).min(1).default(SERVICES),
  /** For how long a push service keeps what it can't deliver, in seconds. */
  ttl: z.int().min(0).max(2_419_200).default(86_400),
});

export type PushConfig = z.infer<typeof configSchema>;
