import type { Answer, Body } from "../contract.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

/** One of the person's own sessions. */
export type OwnSession = Answer<"listSessions">["sessions"][number];
export type SecondFactor = Answer<"readSecondFactor">;
/** Everything that an authenticator needs to make codes (RFC 6238). */
export type Enrolment = Answer<"enrolSecondFactor">;

export const getOwnSessions = async (fetch: Fetch): Promise<OwnSession[]> =>
  (await request<Answer<"listSessions">>("/sessions/own", { fetch })).sessions;

export async function endSession(id: string): Promise<void> {
  await send(`/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** Changes one's own password; the other sessions end. */
export async function changePassword(change: Body<"changePassword">): Promise<void> {
  await send("/password", { method: "PUT", body: change });
}

export const getSecondFactor = (fetch?: Fetch): Promise<SecondFactor> => request("/second-factor", { fetch });

export const enrol = (): Promise<Enrolment> => request("/second-factor", { method: "POST", body: {} });

type NewCodes = Answer<"confirmSecondFactor" | "renewRecoveryCodes">;

const withCode = async (act: "confirm" | "recovery-codes", code: string): Promise<string[]> =>
  (await request<NewCodes>(`/second-factor/${act}`, { method: "POST", body: { code } })).recovery_codes;

/** @returns the recovery codes, which nobody sees again */
export const confirmFactor = (code: string): Promise<string[]> => withCode("confirm", code);

/** @returns new recovery codes in place of the old ones */
export const renewRecoveryCodes = (code: string): Promise<string[]> => withCode("recovery-codes", code);

export async function disableFactor(code: string): Promise<void> {
  await send("/second-factor/disable", { method: "POST", body: { code } });
}
