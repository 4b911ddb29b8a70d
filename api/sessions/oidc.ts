import type * as OpenId from "openid-client";
import { z } from "zod";
import { must } from "../../config/must.ts";
import type { OidcSettings } from "../../config/oidc.ts";

/** The provider's statement about somebody who signed in there. */
export interface Claims {
  issuer: string;
  subject: string;
  /** Null unless the provider has verified it. */
  verifiedEmail: string | null;
  /** Whether the provider says that it asked for a second factor. */
  secondFactor: boolean;
  /** When the provider last had them show who they are: long ago for what is known of a provider that doesn't say. */
  authenticatedAt: Date;
  /** The ID token itself. */
  idToken: string;
}

/** A sign-in that is under way; the browser keeps it while its person is at the provider. */
export const Pending = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  expires: z.number(),
  /** The token of an invitation that the person came with. */
  invitation: z.string().nullable(),
});
export type Pending = z.infer<typeof Pending>;

/** Signing in at an OpenID provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1). */
export interface OidcClient {
  /**
   * The provider's address for this sign-in, and the values that the browser has to bring back.
   * @param again has the provider ask the person again who they are, also where they are signed in there
   */
  begin(invitation: string | null, again?: boolean): Promise<{ url: URL; pending: Pending }>;
  /** The claims about the person who came back. @throws when anything does not match, or the provider does not answer */
  finish(callback: URL, pending: Pending): Promise<Claims>;
  /**
   * The provider's address that signs somebody out there (OpenID Connect RP-Initiated Logout 1.0); null where it has none.
   * @throws when the provider does not answer
   */
  signOutUrl(idToken: string | null): Promise<URL | null>;
}

/** The provider answers within this time or not at all; s. */
const TIMEOUT = 5;
/** Time to sign in at the provider; ms. */
export const PENDING_TTL = 10 * 60 * 1_000;

/** A provider that is asked for no more than this age has to say when somebody signed in (OpenID Connect Core 1.0, 2); s. */
const AGAIN = { prompt: "login", max_age: "600" };

/**
 * How the person signed in: a name that the site knows as one with a second factor, or "mfa" among the methods (RFC 8176); and when, in s.
 */
const Assurance = z.object({
  acr: z.string().optional(),
  amr: z.array(z.string()).optional(),
  auth_time: z.number().optional(),
});

const UserClaims = z.object({ email: z.string().optional(), email_verified: z.boolean().optional() });

/** Asks the provider who it is at the first sign-in: it need not be up when this program starts. The library is loaded only where there is one. */
export async function createOidcClient(settings: OidcSettings): Promise<OidcClient> {
  const openid = await import("openid-client");
  let discovered: Promise<OpenId.Configuration> | null = null;
  const provider = (): Promise<OpenId.Configuration> => {
    discovered ??= discover(openid, settings).catch((error: unknown) => {
      discovered = null;
      throw error;
    });
    return discovered;
  };

  return {
    begin: async (invitation, again = false) => {
      const configuration = await provider();
      const pending: Pending = {
        state: openid.randomState(),
        nonce: openid.randomNonce(),
        verifier: openid.randomPKCECodeVerifier(),
        expires: Date.now() + PENDING_TTL,
        invitation,
      };
      const url = openid.buildAuthorizationUrl(configuration, {
        redirect_uri: settings.redirectUri,
        scope: "openid email",
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: "S256",
        ...(settings.acrValues.length > 0 ? { acr_values: settings.acrValues.join(" ") } : {}),
        ...(again ? AGAIN : {}),
      });
      return { url, pending };
    },

    finish: async (callback, { state, nonce, verifier }) => {
      const configuration = await provider();
      const tokens = await openid.authorizationCodeGrant(configuration, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error("the provider sent no ID token");
      let about = UserClaims.parse(claims);
      if (about.email === undefined)
        about = UserClaims.parse(await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub));
      const verifiedEmail = about.email_verified === true ? (about.email ?? null) : null;
      // Of the ID token alone, which is signed.
      const { acr, amr = [], auth_time = 0 } = Assurance.parse(claims);
      const secondFactor = (acr !== undefined && settings.acrValues.includes(acr)) || amr.includes("mfa");
      // A clock that is ahead makes nothing newer than now.
      const authenticatedAt = new Date(Math.min(auth_time * 1_000, Date.now()));
      const idToken = must(tokens.id_token, "ID token");
      const { iss: issuer, sub: subject } = claims;
      return { issuer, subject, verifiedEmail, secondFactor, authenticatedAt, idToken };
    },

    signOutUrl: async (idToken) => {
      const configuration = await provider();
      if (configuration.serverMetadata().end_session_endpoint === undefined) return null;
      return openid.buildEndSessionUrl(configuration, {
        post_logout_redirect_uri: settings.signedOutUri,
        ...(idToken === null ? {} : { id_token_hint: idToken }),
      });
    },
  };
}

async function discover(
  openid: typeof OpenId,
  { issuer, clientId, clientSecret }: OidcSettings,
): Promise<OpenId.Configuration> {
  const execute = [openid.enableNonRepudiationChecks];
  // The configuration lets plain HTTP pass on this machine only.
  if (issuer.protocol === "http:") execute.push(openid.allowInsecureRequests);
  return await openid.discovery(issuer, clientId, clientSecret, undefined, { execute, timeout: TIMEOUT });
}
