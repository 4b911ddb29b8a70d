import { type RateLimits, Throttled } from "../middleware/limits.ts";

/** Where a sign-in comes from, and to whom it leads. */
export interface Try {
  network: string;
  /** Null where nobody has the address. */
  userId: string | null;
  /** As compared: of one address there is one form. */
  email: string;
}

/** The count of one try to sign in. */
export interface Tally {
  /** Refuses what would be refused in its turn, so that it takes nobody's place. @throws Throttled */
  check(): Promise<void>;
  /** Counts the try, before its password is looked at: guesses made side by side count too. @throws Throttled */
  take(): Promise<void>;
  /** The password was right: nothing counts against the address so far. */
  passed(): Promise<void>;
  /** The password was right and the code was not. */
  missed(): Promise<void>;
  /** Somebody got in: the account begins anew. */
  forget(): Promise<void>;
}

/** Counts a try by account and by address. An account is a person, however the email was typed. */
export function tallyOf({ people, accounts }: RateLimits, { network, userId, email }: Try): Tally {
  const account = userId === null ? `email ${email}` : `person ${userId}`;
  return {
    check: async () => {
      await people.check(network);
      await accounts.check(account);
    },
    take: async () => {
      await people.take(network);
      try {
        await accounts.take(account);
      } catch (error) {
        if (error instanceof Throttled) await people.giveBack(network);
        throw error;
      }
    },
    passed: () => people.giveBack(network),
    missed: () => people.count(network),
    forget: () => accounts.forget(account),
  };
}
