import { z } from "zod";

/** The OpenID provider that people may sign in at. */
export interface OidcSettings {
  issuer: URL;
  clientId: string;
  clientSecret: string;
  /** Where the provider sends people back to; to be registered with it. */
  redirectUri: string;
}

/** The provider's variables. */
export const oidcSchema = {
  OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
};

type OidcValues = z.output<z.ZodObject<typeof oidcSchema>>;

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The provider's settings; null where there are none, or where something is wrong with them, which is added to `faults`. */
export function readOidc(
  { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET }: OidcValues,
  publicUrl: string | undefined,
  faults: string[],
): OidcSettings | null {
  if (OIDC_ISSUER === undefined && OIDC_CLIENT_ID === undefined && OIDC_CLIENT_SECRET === undefined)
    return null;
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
    redirectUri: new URL("/api/sessions/oidc/callback", publicUrl).href,
  };
}
