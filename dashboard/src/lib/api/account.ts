import type { SessionTimes } from "./session.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

/** One of the person's own sessions. */
export interface OwnSession extends SessionTimes {
  session_id: string;
  user_agent: string | null;
  created_at: string;
  last_seen_at: string;
  /** The one that asks. */
  current: boolean;
}

export interface SecondFactor {
  enabled: boolean;
  recovery_codes_left: number;
}

/** Everything that an authenticator needs to make codes (RFC 6238). */
export interface Enrolment {
  /** Base32. */
  secret: string;
  /** `otpauth:` address with everything in it. */
  uri: string;
}

export const getOwnSessions = async (fetch: Fetch): Promise<OwnSession[]> =>
  (await request<{ sessions: OwnSession[] }>("/sessions/own", { fetch })).sessions;

export async function endSession(id: string): Promise<void> {
  await send(`/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
}

export const getSecondFactor = (fetch?: Fetch): Promise<SecondFactor> => request("/second-factor", { fetch });

export const enrol = (): Promise<Enrolment> => request("/second-factor", { method: "POST", body: {} });

const withCode = async (act: string, code: string): Promise<string[]> =>
  (
    await request<{ recovery_codes: string[] }>(`/second-factor/${act}`, {
      method: "POST",
      body: { code },
    })
  ).recovery_codes;

/** @returns the recovery codes, which nobody sees again */
export const confirmFactor = (code: string): Promise<string[]> => withCode("confirm", code);

/** @returns new recovery codes in place of the old ones */
export const renewRecoveryCodes = (code: string): Promise<string[]> => withCode("recovery-codes", code);

export async function disableFactor(code: string): Promise<void> {
  await send("/second-factor/disable", { method: "POST", body: { code } });
}
