import { z } from "zod";
import { isCountry } from "./number.ts";

const LOOPBACK = ["127.0.0.1", "[::1]", "localhost"];
/** An E.164 number, a short code, or an alphanumeric sender of up to 11 characters with a letter among them. */
const SENDER = /^(\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11})$/;

const sid = (prefix: string): z.ZodString =>
  z.string().regex(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`), `must be ${prefix} and 32 hexadecimal digits`);

const limit = z.strictObject({
  messages: z.int().min(1).max(1_000_000),
  seconds: z.int().min(1).max(86_400),
});

/** The content of `CHANNEL_SMS`. Unknown keys are refused, so that a misspelt one is not silently ignored. */
export const configSchema = z
  .strictObject({
    account_sid: sid("AC"),
    /** Signs Twilio's callbacks, and signs in where there is no API key. */
    auth_token: z.string().min(1),
    api_key_sid: sid("SK").optional(),
    api_key_secret: z.string().min(1).optional(),
    from: z
      .string()
      .regex(SENDER, "must be an E.164 number, a short code or an alphanumeric sender")
      .optional(),
    messaging_service_sid: sid("MG").optional(),
    /** The public address of `/api/channels/sms/status`; without it a message stays `accepted`. */
    status_callback: z.url({ protocol: /^https?$/ }).optional(),
    /**
     * Whether people may answer alerts by SMS: 1 to acknowledge, 9 to decline. Twilio then calls `status_callback` for what comes in. Senders of SMS can be
     * forged, so it is off unless asked for.
     */
    answers: z.boolean().default(false),
    /** ISO 3166-1 codes of the countries that messages may go to. */
    countries: z
      .array(z.string().refine(isCountry, "must be a country's two capital letters, such as US"))
      .min(1),
    max_segments: z.int().min(1).max(10).default(3),
    /** How long Twilio may keep a message in its queue, in seconds; default: Twilio's own. */
    validity_period: z.int().min(1).max(36_000).optional(),
    /** How many messages in how many seconds; critical ones have an allowance of their own, five times as large. */
    velocity: z
      .strictObject({
        per_user: limit.default({ messages: 20, seconds: 3_600 }),
        /** Counted by the number without its last four digits: toll fraud uses whole ranges of numbers. */
        per_prefix: limit.default({ messages: 600, seconds: 3_600 }),
      })
      .prefault({}),
    base_url: z
      .url({ protocol: /^https?$/ })
      .refine((url) => url.startsWith("https:") || LOOPBACK.includes(new URL(url).hostname), "must be https")
      .default("https://api.twilio.com"),
  })
  .refine((config) => config.from !== undefined || config.messaging_service_sid !== undefined, {
    path: ["from"],
    message: "give from, or messaging_service_sid, or both",
  })
  .refine((config) => !config.answers || config.status_callback !== undefined, {
    path: ["status_callback"],
    message:
      "answers need it: set the public address of /api/channels/sms/status, which Twilio signs in what it sends",
  })
  .refine((config) => (config.api_key_sid === undefined) === (config.api_key_secret === undefined), {
    path: ["api_key_secret"],
    message: "api_key_sid and api_key_secret go together: give both or neither",
  });

export type SmsConfig = z.infer<typeof configSchema>;
