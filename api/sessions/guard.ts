import type { Delays } from "../middleware/delays.ts";
import { type RateLimit, type RateLimits, Throttled } from "../middleware/limits.ts";
import type { Device } from "./devices.ts";

/** Where a sign-in comes from, and to whom it leads. */
export interface Try {
  network: string;
  /** Null for a browser in which nobody signed in before. */
  device: Device | null;
  /** Null where nobody has the address. */
  userId: string | null;
  /** In the form in which emails are compared, which is one for each address. */
  email: string;
}

/** The count of one try to sign in. */
export interface Tally {
  /** Counts the try, before its password is looked at: guesses made side by side count too. @throws Throttled */
  take(): Promise<void>;
  /** The password was right: nothing counts against the address so far. */
  passed(): Promise<void>;
  /** The password was right and the code was not. */
  missed(): Promise<void>;
  /** Somebody got in: the account begins anew. */
  forget(): Promise<void>;
}

/**
 * Counts a try by account and by address. An account is a person, however the email was typed. Other people's failures at
 * the same address, or with the same account, do not hold up a device that knows the account's person: it has a count of
 * its own, and is treated like any other only once that is used up. A device that knows other people alone is spared the
 * failures of its address, but not those of the account.
 */
export function tallyOf(limits: RateLimits, { network, device, userId, email }: Try): Tally {
  const { people, vouched, accounts, devices } = limits;
  const account = userId === null ? `email ${email}` : `person ${userId}`;
  const address: Count = countOf(people, network);
  const stranger: Count = inTurn(address, countOf(accounts, account));
  const count =
    device === null
      ? stranger
      : userId !== null && device.knows(userId)
        ? orElse(countOf(devices, account), stranger)
        : inTurn(orElse(countOf(vouched, device.voucher), address), countOf(accounts, account));
  return {
    take: () => count.take(),
    passed: () => count.giveBack(),
    missed: () => (device === null ? people.count(network) : Promise.resolve()),
    forget: async () => {
      await Promise.all([accounts.forget(account), devices.forget(account)]);
    },
  };
}

/** A count that a try has to pass. */
interface Count {
  take(): Promise<void>;
  /** Takes back the count of `take`, where the kind of count allows it. */
  giveBack(): Promise<void>;
}

const countOf = (limit: Delays | RateLimit, key: string): Count => ({
  take: () => limit.take(key),
  giveBack: () => ("giveBack" in limit ? limit.giveBack(key) : Promise.resolve()),
});

/** Both have to let a try through; one that the second refuses does not count with the first. */
const inTurn = (first: Count, second: Count): Count => ({
  take: async () => {
    await first.take();
    try {
      await second.take();
    } catch (error) {
      await first.giveBack();
      throw error;
    }
  },
  giveBack: async () => {
    await first.giveBack();
    await second.giveBack();
  },
});

/** One of the two has to let a try through, and counts it. */
const orElse = (first: Count, second: Count): Count => {
  let taken = first;
  return {
    take: async () => {
      try {
        await first.take();
      } catch (error) {
        if (!(error instanceof Throttled)) throw error;
        taken = second;
        await second.take();
      }
    },
    giveBack: () => taken.giveBack(),
  };
};
