import { z } from "zod";
import { SUBJECT_TTL } from "../../store/people/subject-tokens.ts";
import { Id, Time } from "../http/schema.ts";

/** Hosts that are this machine, whose pages need no https: a browser trusts them as much (Secure Contexts, 3.1). */
const OWN_MACHINE = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** An origin as a browser writes it into its Origin header: scheme, host and port, without a path. */
export const Origin = z
  .string()
  .max(300)
  .refine(
    (text) =>
      URL.canParse(text) &&
      new URL(text).origin === text &&
      (text.startsWith("https://") || OWN_MACHINE.test(text)),
    "must be an origin, as https://ehr.example",
  );

export const NewSubjectToken = z
  .strictObject({
    user_id: Id.describe("Whose inbox is shown"),
    territory_id: Id.describe("What of it: the notifications of this territory"),
    origin: Origin.describe("The pages that show it; an admin has allowed the key to ask for this origin"),
    ttl_s: z
      .int()
      .min(30)
      .max(SUBJECT_TTL)
      .default(SUBJECT_TTL)
      .describe("How long it is good, in seconds; never longer than the key"),
  })
  .meta({
    id: "NewSubjectToken",
    examples: [{ user_id: "a.example", territory_id: "west-hospital", origin: "https://ehr.example" }],
  });

export const SubjectToken = z
  .object({ token: z.string().describe("Shown this once: only its hash is kept"), expires_at: Time })
  .meta({
    id: "SubjectToken",
    examples: [{ token: "a-token-of-66-characters", expires_at: "2026-02-03T09:45:00.000Z" }],
  });
