import { z } from "zod";
import { addrSpec } from "./address.ts";

const address = z
  .string()
  .refine((value) => addrSpec(value) !== null, "must be one plain address, a@b.example");
const line = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, "must be one line");

/** The content of `CHANNEL_EMAIL`. Unknown keys are refused, so that a misspelt one is not silently ignored. */
export const configSchema = z
  .strictObject({
    host: z.string().regex(/^[A-Za-z0-9.:-]+$/, "must be a host name or an IP address"),
    /** Default: 587 with `starttls`, 465 with `implicit`, 25 with `none`. */
    port: z.int().min(1).max(65_535).optional(),
    /** `none` sends in the clear, credentials too: for a relay on the same machine only. */
    tls: z.enum(["starttls", "implicit", "none"]).default("starttls"),
    /** PEM of the authority that signed the server's certificate, where that is not a public one. */
    ca: z.string().includes("-----BEGIN CERTIFICATE-----").optional(),
    /** The name in the server's certificate, where it differs from `host`. */
    servername: line.optional(),
    user: z.string().min(1).optional(),
    password: z.string().min(1).optional(),
    from: address,
    from_name: line.default("Tocsin"),
    reply_to: address.optional(),
    /** Where bounces go (the envelope's sender). Default: `from`. */
    bounces_to: address.optional(),
    /** Where the message can be read in full; shown as a link. */
    inbox_url: z.url({ protocol: /^https?$/ }).optional(),
    /** Where such mail can be switched off; becomes List-Unsubscribe, except on critical messages. */
    unsubscribe: z.url({ protocol: /^(https|mailto)$/ }).optional(),
  })
  .refine((config) => (config.user === undefined) === (config.password === undefined), {
    path: ["password"],
    message: "user and password go together: give both or neither",
  });

export type EmailConfig = z.infer<typeof configSchema>;

const DEFAULT_PORT = { starttls: 587, implicit: 465, none: 25 } as const;

export function portOf(config: EmailConfig): number {
  return config.port ?? DEFAULT_PORT[config.tls];
}
