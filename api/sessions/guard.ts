import { type Count, inTurn } from "../middleware/count.ts";
import type { Delays } from "../middleware/delays.ts";
import { type NewcomerLimits, type RateLimit, type RateLimits, Throttled } from "../middleware/limits.ts";
import type { Device } from "./devices.ts";

/** Where a sign-in comes from. */
export interface From {
  network: string;
  /** Null for a browser in which nobody signed in before. */
  device: Device | null;
  /** Tells such a browser from others; null where it does not show that. */
  visitor: string | null;
}

/** The same, and to whom it leads. */
export interface Try extends From {
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
 * the same address, or with the same account, do not hold up a device that knows the account's person: each has a count of
 * its own, and is treated like any other only once that is used up. A device that knows other people alone is spared the
 * failures of its address, but not those of the account. Browsers in which nobody signed in before are told from each other, and an
 * address has many times the failures of one.
 */
export function tallyOf(limits: RateLimits, { userId, email, ...from }: Try): Tally {
  const { people, vouched, accounts, devices } = limits;
  const { device } = from;
  const account = userId === null ? `email ${email}` : `person ${userId}`;
  const newcomer = newcomerOf(people, from);
  const onDevice = `${account} on ${device?.id}`;
  const count =
    userId !== null && device?.knows(userId) === true
      ? orElse(countOf(devices, onDevice), inTurn(newcomer, countOf(accounts, account)))
      : inTurn(failuresOf(people, vouched.people, from), countOf(accounts, account));
  return {
    take: () => count.take(),
    passed: () => count.giveBack(),
    missed: () => (device === null ? newcomer.count() : Promise.resolve()),
    forget: async () => {
      await Promise.all([accounts.forget(account), devices.forget(onDevice)]);
    },
  };
}

/**
 * Counts failures of one kind. A device in which somebody signed in before has a count of its own, and is treated like a newcomer only once
 * that is used up.
 */
export const failuresOf = (newcomers: NewcomerLimits, vouched: RateLimit, from: From): Count =>
  from.device === null
    ? newcomerOf(newcomers, from)
    : orElse(countOf(vouched, from.device.voucher), newcomerOf(newcomers, from));

/** @throws Throttled where a newcomer has no try left, without counting */
export const checkNewcomer = (limits: NewcomerLimits, from: From): Promise<void> =>
  newcomerOf(limits, from).check();

/** The count of a browser in which nobody signed in before, and that of its address. */
function newcomerOf(
  { browser, address }: NewcomerLimits,
  { network, visitor }: From,
): Count & { check(): Promise<void>; count(): Promise<void> } {
  const key = visitor === null ? network : `${visitor} at ${network}`;
  return {
    ...inTurn(countOf(browser, key), countOf(address, network)),
    check: async () => void (await Promise.all([browser.check(key), address.check(network)])),
    count: async () => void (await Promise.all([browser.count(key), address.count(network)])),
  };
}

const countOf = (limit: Delays | RateLimit, key: string): Count => ({
  take: () => limit.take(key),
  giveBack: () => ("giveBack" in limit ? limit.giveBack(key) : Promise.resolve()),
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
