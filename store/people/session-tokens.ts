import type { InstallationKey } from "../crypto/secrets.ts";
import { createTokens, type Tokens } from "../crypto/tokens.ts";

/** A token of nodes from before there was a MAC. */
const OLDER = /^[\w-]{43}$/;
/** How many of those are looked up in a second. */
const OLDER_A_SECOND = 200;

/** The tokens of sessions, and those of nodes from before there was a MAC, of which some are looked up. */
export const createSessionTokens = (secrets: Pick<InstallationKey, "mac">): Tokens =>
  withOlder(createTokens(secrets, "session token"));

/** The tickets that open a socket; older ones likewise. */
export const createTickets = (secrets: Pick<InstallationKey, "mac">): Tokens =>
  withOlder(createTokens(secrets, "realtime ticket"));

function withOlder({ make, mayBe }: Tokens): Tokens {
  const allowance = { second: -1, left: 0 };
  const allowsOlder = (): boolean => {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== allowance.second) Object.assign(allowance, { second, left: OLDER_A_SECOND });
    return allowance.left-- > 0;
  };
  return { make, mayBe: (token) => (OLDER.test(token) ? allowsOlder() : mayBe(token)) };
}
