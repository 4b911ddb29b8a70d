import { z } from "zod";
import { Code } from "../sessions/schema.ts";
import type { Operation } from "./operation.ts";

const Recovery = z.object({
  recovery_codes: z.array(z.string()).describe("Each opens one session; shown this once"),
});
const withCode = (summary: string, answers: Operation["answers"]): Operation => ({
  summary,
  caller: "person",
  body: Code,
  answers,
  problems: [400, 401, 403, 409, 413, 415, 422, 429],
});

/** What people call for their authenticator (RFC 6238). */
export const secondFactorOperations: Record<string, Operation> = {
  "GET /api/second-factor": {
    summary: "Whether signing in asks for a code",
    caller: "person",
    answers: { 200: z.object({ enabled: z.boolean(), recovery_codes_left: z.int() }) },
    problems: [401],
  },
  "POST /api/second-factor": {
    summary: "A new secret for an authenticator; nothing is asked for until it is confirmed",
    caller: "person",
    answers: {
      201: z.object({ secret: z.string().describe("Base32"), uri: z.string().describe("otpauth:") }),
    },
    problems: [401, 403, 409, 429],
  },
  "POST /api/second-factor/confirm": withCode("Confirm the authenticator by a code of it", { 200: Recovery }),
  "POST /api/second-factor/recovery-codes": withCode("New recovery codes in place of the old", {
    200: Recovery,
  }),
  "POST /api/second-factor/disable": withCode("Take the authenticator off, by a code or a recovery code", {
    204: null,
  }),
};
