import { z } from "zod";
import { PASSWORD, ROLES } from "../../channels/contract.ts";
import { Time } from "../http/schema.ts";
import type { Profile } from "./profile.ts";

/** A person's credentials; `code`, where one is needed, is the authenticator's or a recovery code. */
export const Credentials = z
  .strictObject({
    email: z.string().min(1).max(320),
    password: z.string().min(1).max(PASSWORD.longest),
    code: z.string().max(100).optional(),
  })
  .meta({
    id: "Credentials",
    examples: [{ email: "a.example@west.example", password: "seven lamps beside a river", code: "123456" }],
  });

/** What somebody signed in shows once more: one of the two, or both. */
export const Confirmation = z
  .strictObject({
    password: z.string().min(1).max(PASSWORD.longest).optional(),
    code: z.string().min(1).max(100).optional(),
  })
  .refine(({ password, code }) => password !== undefined || code !== undefined, {
    path: ["password"],
    error: "must be given, or a code",
  })
  .meta({ id: "Confirmation", examples: [{ password: "seven lamps beside a river" }] });
export type Confirmation = z.infer<typeof Confirmation>;

/** A code of the authenticator. */
export const Code = z
  .strictObject({ code: z.string().min(1).max(100) })
  .meta({ id: "AuthenticatorCode", examples: [{ code: "123456" }] });

const TIMES = {
  expires_at: "2026-02-03T09:45:00.000Z",
  idle_seconds: 900,
  absolute_expires_at: "2026-02-03T21:30:00.000Z",
};

/** When a session ends. */
export const SessionTimes = z
  .object({
    expires_at: Time.describe("The session ends then, unless the person does something"),
    idle_seconds: z.int().describe("How long it lasts while the person does nothing"),
    absolute_expires_at: Time.describe("The session ends then, whatever the person does"),
  })
  .meta({ id: "SessionTimes", examples: [TIMES] });
export type SessionTimes = z.infer<typeof SessionTimes>;

const profile = z.object({
  user_id: z.string(),
  name: z.string(),
  email: z.string(),
  has_password: z.boolean(),
  memberships: z.array(
    z.object({ territory_id: z.string(), territory_name: z.string(), role: z.enum(ROLES) }),
  ),
  roles: z.array(z.enum(ROLES)),
}) satisfies z.ZodType<Profile>;

/** What of a second factor the person's role demands. */
const duty = z.object({
  limited: z.boolean().describe("A second factor has to be set up before anything else"),
  second_factor_due: Time.nullable().describe("Until when one has to be set up; null where none is owed"),
});

/** Who is signed in, and until when. */
export const SignedInProfile = profile
  .extend(SessionTimes.shape)
  .extend(duty.shape)
  .meta({
    id: "Profile",
    examples: [
      {
        user_id: "a.example",
        name: "Ada Example",
        email: "a.example@west.example",
        has_password: true,
        memberships: [{ territory_id: "west-hospital", territory_name: "West Hospital", role: "clinician" }],
        roles: [],
        limited: false,
        second_factor_due: null,
        ...TIMES,
      },
    ],
  });
export type SignedInProfile = z.infer<typeof SignedInProfile>;

/** A session in a path. */
export const BySession = z.object({ id: z.string().max(200) });

/** One of a person's own sessions. */
export const OwnSession = SessionTimes.extend({
  session_id: z.uuid(),
  user_agent: z.string().nullable(),
  created_at: Time,
  last_seen_at: Time,
  current: z.boolean().describe("Whether it is the session of this call"),
}).meta({
  id: "OwnSession",
  examples: [
    {
      session_id: "0195a1f0-1c00-7000-8000-00000000000b",
      user_agent: "Mozilla/5.0",
      created_at: "2026-02-03T09:30:00.000Z",
      last_seen_at: "2026-02-03T09:30:00.000Z",
      current: true,
      ...TIMES,
    },
  ],
});
export type OwnSession = z.infer<typeof OwnSession>;

export const OwnSessionList = z.object({ sessions: z.array(OwnSession) });

/** The ways to sign in. */
export const Methods = z.object({ password: z.boolean(), oidc: z.boolean(), passkey: z.boolean() });

export const FactorState = z.object({
  enabled: z.boolean(),
  recovery_codes_left: z.int().meta({ examples: [8] }),
});

/** A new authenticator. */
export const Enrolment = z
  .object({ secret: z.string().describe("Base32"), uri: z.string().describe("otpauth:") })
  .meta({
    id: "Enrolment",
    examples: [
      {
        secret: "JBSWY3DPEHPK3PXP",
        uri: "otpauth://totp/Tocsin:a.example%40west.example?issuer=Tocsin&secret=JBSWY3DPEHPK3PXP",
      },
    ],
  });

export const RecoveryCodes = z
  .object({
    recovery_codes: z.array(z.string()).describe("Each opens one session; shown this once"),
  })
  .meta({ id: "RecoveryCodes", examples: [{ recovery_codes: ["7f3k-9qzd", "2mwx-c8ht"] }] });
