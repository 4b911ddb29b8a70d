import { startAuthentication, startRegistration, WebAuthnError } from "@simplewebauthn/browser";
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/browser";
import type { Answer } from "../contract.ts";
import { describe, Problem } from "./problem.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";
import type { Session } from "./session.ts";

export type Passkey = Answer<"listPasskeys">["passkeys"][number];

export const getPasskeys = async (fetch: Fetch): Promise<Passkey[]> =>
  (await request<Answer<"listPasskeys">>("/passkeys", { fetch })).passkeys;

/** Has the browser make a passkey, and adds it under a name of the person's. */
export async function addPasskey(name: string): Promise<Passkey> {
  const optionsJSON = await request<PublicKeyCredentialCreationOptionsJSON>("/passkeys/options", {
    method: "POST",
    body: {},
  });
  const credential = await startRegistration({ optionsJSON });
  return await request("/passkeys", { method: "POST", body: { name, credential } });
}

export async function removePasskey(id: string): Promise<void> {
  await send(`/passkeys/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** Has the browser use one of its passkeys, which signs its person in. */
export async function signInByPasskey(): Promise<Session> {
  const optionsJSON = await request<PublicKeyCredentialRequestOptionsJSON>("/sessions/passkey/options", {
    method: "POST",
    body: {},
  });
  const credential = await startAuthentication({ optionsJSON });
  return await request("/sessions/passkey", { method: "POST", body: { credential } });
}

/** Says why a passkey was not made or used: browsers have words for their programmers alone. */
export function describePasskey(error: unknown): string {
  if (error instanceof WebAuthnError && error.code === "ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED")
    return "This device has a passkey of yours already.";
  if (error instanceof Error && ["NotAllowedError", "AbortError", "InvalidStateError"].includes(error.name))
    return "The browser made or used no passkey: it was left, took too long, or this device has none.";
  // Elsewhere a 401 says that the session has ended.
  return error instanceof Problem && error.status === 401 ? error.message : describe(error);
}
