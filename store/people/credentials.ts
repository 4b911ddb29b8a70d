import type { InstallationKey } from "../crypto/secrets.ts";
import { createTokens, type Tokens } from "../crypto/tokens.ts";
import { createKeySecrets, type KeySecrets } from "./key-secrets.ts";
import { createTickets } from "./session-tokens.ts";

/** What the installation gives people and services to show, each with a MAC: what is made up costs no look-up. Sessions' tokens are the site's. */
export interface Credentials {
  keys: KeySecrets;
  /** Of directories outside. */
  scim: KeySecrets;
  /** Of links to a password. Those from before there was a MAC are 43 characters. */
  invitations: Tokens;
  tickets: Tokens;
  /** By which pages of other systems show a person's inbox. */
  subjects: Tokens;
}

export const createCredentials = (secrets: Pick<InstallationKey, "mac">): Credentials => ({
  keys: createKeySecrets(secrets),
  scim: createKeySecrets(secrets, "SCIM token"),
  invitations: createTokens(secrets, "invitation token"),
  tickets: createTickets(secrets),
  subjects: createTokens(secrets, "subject token"),
});
