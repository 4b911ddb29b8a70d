import { z } from "zod";

/** The OpenID provider that people may sign in at. */
export interface OidcSettings {
  issuer: URL;
  clientId: string;
  clientSecret: string;
  /** Where the provider sends people back to; to be registered with it. */
  redirectUri: string;
  /** Where the provider sends people after signing out; to be registered with it. */
  signedOutUri: string;
  /** People sign in at the provider alone: no password of theirs here does. */
  only: boolean;
  /** The provider's names for a sign-in with a second factor (`acr`), which it is asked for. */
  acrValues: readonly string[];
}

/** The provider's variables. */
export const oidcSchema = {
  OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_ACR_VALUES: z
    .string()
    .default("")
    .transform((values) => values.split(/\s+/).filter((value) => value !== "")),
  OIDC_ONLY: z
    .enum(["0", "1", "true", "false"])
    .default("0")
    .transform((value) => value === "1" || value === "true"),
};

type OidcValues = z.output<z.ZodObject<typeof oidcSchema>>;

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The provider's settings; null where there are none, or where something is wrong with them, which is added to `faults`. */
export function readOidc(
  { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_ONLY, OIDC_ACR_VALUES }: OidcValues,
  publicUrl: string | undefined,
  faults: string[],
): OidcSettings | null {
  if (OIDC_ISSUER === undefined && OIDC_CLIENT_ID === undefined && OIDC_CLIENT_SECRET === undefined) {
    if (OIDC_ACR_VALUES.length > 0)
      faults.push("OIDC_ACR_VALUES: is for an OpenID provider; set OIDC_ISSUER too");
    if (OIDC_ONLY) faults.push("OIDC_ONLY: needs OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET");
    return null;
  }
  if (OIDC_ISSUER === undefined || OIDC_CLIENT_ID === undefined || OIDC_CLIENT_SECRET === undefined) {
    faults.push("OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET: go together, or none of them");
    return null;
  }
  if (publicUrl === undefined) {
    faults.push("PUBLIC_URL: is not set; the OpenID provider sends people back to it");
    return null;
  }
  const issuer = new URL(OIDC_ISSUER);
  if (issuer.protocol !== "https:" && !LOOPBACK.has(issuer.hostname))
    faults.push("OIDC_ISSUER: must be https, unless the provider is on this machine");
  return {
    issuer,
    clientId: OIDC_CLIENT_ID,
    clientSecret: OIDC_CLIENT_SECRET,
    only: OIDC_ONLY,
    acrValues: OIDC_ACR_VALUES,
    signedOutUri: new URL("/sign-in?reason=signed_out", publicUrl).href,
    redirectUri: new URL("/api/sessions/oidc/callback", publicUrl).href,
  };
}
