import type { InstallationKey } from "../../store/crypto/secrets.ts";
import type { Passkey } from "../../store/people/passkeys.ts";
import type { Site } from "../middleware/person.ts";
import { type Challenges, CHALLENGE_LIFE, createChallenges } from "./challenge.ts";
import type { Assertion, Attestation } from "./schema.ts";

/** How an authenticator may be reached (WebAuthn, 5.8.4), as far as browsers are told again. */
const TRANSPORTS = ["ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"] as const;
type Transport = (typeof TRANSPORTS)[number];
const transportsOf = (given: readonly string[]): Transport[] =>
  TRANSPORTS.filter((transport) => given.includes(transport));

/** What a browser is asked: options of WebAuthn, as JSON. */
interface Asked {
  challenge: string;
}

/** A challenge that an authenticator answered; to be used up. */
export interface Answered {
  bytes: Buffer;
  expiresAt: Date;
}

/** What a new passkey is known by. */
export interface Made {
  answered: Answered;
  passkey: Pick<Passkey, "credential_id" | "public_key" | "counter" | "transports">;
}

/** The two ceremonies of WebAuthn Level 3, for this site alone. Who holds the authenticator is always asked for: finger, face or PIN. */
export interface Ceremony {
  begin(person: { id: string; email: string; name: string }, has: readonly Passkey[]): Promise<Asked>;
  /** Null where anything does not match. */
  finish(userId: string, credential: Attestation): Promise<Made | null>;
  beginSignIn(): Promise<Asked>;
  /** The challenge of a sign-in; null for one that is not ours, or over. */
  challengeOf(credential: Assertion): Answered | null;
  /** The passkey's new count; null where anything does not match. */
  finishSignIn(passkey: Passkey, credential: Assertion): Promise<number | null>;
}

const SIGN_IN = "sign-in";
const adding = (userId: string): string => `add ${userId}`;

/** Null without a public address: a passkey is bound to one. The library is loaded only with one, since that takes a while. */
export async function createCeremony(
  { origin }: Pick<Site, "origin">,
  secrets: Pick<InstallationKey, "mac">,
): Promise<Ceremony | null> {
  if (origin === null) return null;
  const webauthn = await import("@simplewebauthn/server");
  const rpID = new URL(origin).hostname;
  const challenges: Challenges = createChallenges(secrets);
  const site = { expectedOrigin: origin, expectedRPID: rpID, requireUserVerification: true };

  return {
    begin: async ({ id, email, name }, has) =>
      await webauthn.generateRegistrationOptions({
        rpName: "Tocsin",
        rpID,
        // Authenticators keep it readable, so it says nothing of the person.
        userID: Uint8Array.from(secrets.mac("passkey user", id)),
        userName: email,
        userDisplayName: name,
        challenge: challenges.make(adding(id)),
        timeout: CHALLENGE_LIFE,
        attestationType: "none",
        excludeCredentials: has.map(({ credential_id, transports }) => ({
          id: credential_id,
          transports: transportsOf(transports),
        })),
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
      }),

    finish: async (userId, { id, rawId, type, response }) => {
      const { clientDataJSON, attestationObject, transports = [] } = response;
      const answered = challenges.read(challengeIn(clientDataJSON), adding(userId));
      if (answered === null) return null;
      const result = await orNull(() =>
        webauthn.verifyRegistrationResponse({
          ...site,
          response: {
            ...{ id, rawId, type },
            response: { clientDataJSON, attestationObject },
            clientExtensionResults: {},
          },
          expectedChallenge: answered.bytes.toString("base64url"),
        }),
      );
      if (result?.verified !== true) return null;
      const { credential } = result.registrationInfo;
      const passkey = {
        credential_id: credential.id,
        public_key: Buffer.from(credential.publicKey),
        counter: String(credential.counter),
        transports: transportsOf(transports),
      };
      return { answered, passkey };
    },

    beginSignIn: async () =>
      await webauthn.generateAuthenticationOptions({
        rpID,
        challenge: challenges.make(SIGN_IN),
        timeout: CHALLENGE_LIFE,
        userVerification: "required",
      }),

    challengeOf: ({ response }) => challenges.read(challengeIn(response.clientDataJSON), SIGN_IN),

    finishSignIn: async ({ credential_id, public_key, counter }, { id, rawId, type, response }) => {
      const { clientDataJSON, authenticatorData, signature } = response;
      const result = await orNull(() =>
        webauthn.verifyAuthenticationResponse({
          ...site,
          response: {
            ...{ id, rawId, type },
            response: { clientDataJSON, authenticatorData, signature },
            clientExtensionResults: {},
          },
          expectedChallenge: (challenge) => challenges.read(challenge, SIGN_IN) !== null,
          credential: {
            id: credential_id,
            publicKey: Uint8Array.from(public_key),
            counter: Number(counter),
          },
        }),
      );
      return result?.verified === true ? result.authenticationInfo.newCounter : null;
    },
  };
}

/** The challenge that a browser says was signed; empty where it says none. */
function challengeIn(clientDataJSON: string): string {
  try {
    const said: unknown = JSON.parse(Buffer.from(clientDataJSON, "base64url").toString("utf8"));
    return typeof said === "object" && said !== null && "challenge" in said ? String(said.challenge) : "";
  } catch {
    return "";
  }
}

/** The library throws for whatever does not match. */
async function orNull<T>(verify: () => Promise<T>): Promise<T | null> {
  try {
    return await verify();
  } catch {
    return null;
  }
}
