import { z } from "zod";

/** What a person signs in with; `code` is of the authenticator, or a recovery code, where one is asked for. */
export const Credentials = z.object({
  email: z.string().min(1).max(320),
  password: z.string().min(1).max(1_000),
  code: z.string().max(100).optional(),
});

/** A code of the authenticator. */
export const Code = z.object({ code: z.string().min(1).max(100) });

/** When a session ends. */
export const SessionTimes = z.object({
  expires_at: z.iso.datetime().describe("It ends then, unless the person does something"),
  idle_seconds: z.int().describe("How long it lasts without the person doing anything"),
  absolute_expires_at: z.iso.datetime().describe("It ends then, whatever the person does"),
});
export type SessionTimes = z.infer<typeof SessionTimes>;

/** One of a person's own sessions. */
export const OwnSession = SessionTimes.extend({
  session_id: z.uuid(),
  user_agent: z.string().nullable(),
  created_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime(),
  current: z.boolean().describe("The one that asks"),
});
export type OwnSession = z.infer<typeof OwnSession>;
