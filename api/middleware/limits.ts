import { RateLimiterRes } from "rate-limiter-flexible";
import type { Counter, Counters } from "../../config/counters.ts";
import { siteOf } from "../../config/network.ts";
import type { RateSettings } from "../../config/limits.ts";
import { type Count, inTurn } from "./count.ts";
import { createDelays, type Delays } from "./delays.ts";
import { Throttled } from "./throttled.ts";

export { Throttled };

/** One bound, counted per key: an address, a service's key. */
export interface RateLimit {
  /** Counts one, or so many. @throws Throttled when that is too many */
  take(key: string, many?: number): Promise<void>;
  /** @throws Throttled when nothing is left, without counting. */
  check(key: string): Promise<void>;
  /** Counts one, and refuses nothing. */
  count(key: string): Promise<void>;
  /** Takes one count back, or so many: a try that was counted beforehand turned out well. */
  giveBack(key: string, many?: number): Promise<void>;
  /** Forgets what was counted. */
  forget(key: string): Promise<void>;
}

/** Counts one; answers how many there were in the window. */
export type Tally = (key: string) => Promise<number>;

/** Failures of one kind, or what is bounded like them, from browsers in which nobody signed in before; both bounds hold. */
export interface NewcomerLimits {
  /** By browser; those of an address that show no cookie of ours count as one. */
  browser: RateLimit;
  /** By address, all its browsers together. */
  address: RateLimit;
}

/** Each counts apart: trouble with one never bars another. */
export interface RateLimits {
  /** Calls that send, by key. */
  sends: RateLimit;
  /** Sends that come in bulk, by key: over a minute, so that a bulk may hold more than a second's. */
  items: RateLimit;
  /** Originals read, by person: more refuse nothing, but go on record; and how often they do, by person and territory. */
  reveals: RateLimit;
  revealNotes: RateLimit;
  /** Emergency accesses opened, by person: each tells the supervisors. */
  emergencies: RateLimit;
  /** Ends of another admin's or auditor's sessions, by who ends them and whose they are. */
  signOuts: RateLimit;
  /** Calls of directories outside, by token. */
  scim: RateLimit;
  /** What they read, by token: the first in an hour goes on record, and none is refused. */
  scimReads: RateLimit;
  /** Wrong keys, by address. */
  keys: RateLimit;
  /** Look-ups of what may be made up, by who shows it; what is right counts for nothing. */
  lookups: RateLimit;
  /** Forged reports of a provider, by address. */
  callbacks: RateLimit;
  /** Calls behind a link that a message had, by the link. */
  links: RateLimit;
  /** What a delegate is told of somebody whom they cover, by both. */
  covers: RateLimit;
  /** Times to which a notification was put off, by person and notification. */
  snoozes: RateLimit;
  /** What a person was refused, by person, since each refusal goes on record; and how often that it was too much does. */
  denials: RateLimit;
  denialNotes: RateLimit;
  /** Refusals of a key that say the same each time, by key: all are counted, and none is refused for it. */
  misses: Tally;
  /** Test notifications to oneself, by person. */
  trials: RateLimit;
  /** Acknowledgements taken back, by person and notification. */
  undos: RateLimit;
  /** Calls without any credential, by address: bounds how many go on record, and refuses none. */
  unnamed: RateLimit;
  /** Wrong passwords and codes. */
  people: NewcomerLimits;
  /** Sign-ins at the OpenID provider that came to nothing. */
  oidc: NewcomerLimits;
  /** Answers of passkeys that are known but not right. */
  passkeys: NewcomerLimits;
  /** Browsers that are given a cookie as newcomers, by address. */
  greetings: RateLimit;
  /** Invitations that are none, by address. */
  invitations: RateLimit;
  /** Codes of screens on walls; a right one counts for nothing. */
  walls: NewcomerLimits;
  /** Screens on walls that are granted, by admin: each tells the supervisors. */
  wallGrants: RateLimit;
  /** Subject tokens that a key asks for, by key; and for one person, by both. */
  subjectTokens: RateLimit;
  subjectTokensOf: RateLimit;
  /** Readings of a schedule by calendars, by its token. */
  feedReads: RateLimit;
  /** Links to a new password that are asked for. */
  resets: NewcomerLimits;
  /** The same, by the email they are for: more are not sent. */
  resetsOf: RateLimit;
  /** Failures from devices in which somebody signed in before, by who did last. */
  vouched: Record<"people" | "oidc" | "passkeys" | "walls" | "resets", RateLimit>;
  /** Sign-ins to one account from a device that knows its person, by both. */
  devices: Delays;
  /** Sign-ins to one account. */
  accounts: Delays;
  /** Passwords and codes that a signed-in person gives, by `proofOf`. */
  proofs: Delays;
}

/** What a signed-in person shows. Each kind is counted by itself: a right one forgives no guesses at another. */
export const proofOf = (kind: "password" | "code", userId: string): string => `${kind} ${userId}`;

const MINUTE = 60;
/** The failures of an address are those of so many browsers. */
const BROWSERS = 10;
/** The failures of a /48 of IPv6, which a site or a customer has to itself (RFC 6177), are those of so many of its /64. */
const NETWORKS = 16;

/** The bounds of an installation, for all nodes together. */
export function createRateLimits(settings: RateSettings, counters: Counters): RateLimits {
  const limit = (name: string, times: number, seconds: number): RateLimit =>
    countBy(counters(name, { times, seconds }), times);
  /** By address. */
  const byNetwork = (name: string, times: number): RateLimit =>
    inSite(limit(name, times, MINUTE), limit(`${name}-of-site`, NETWORKS * times, MINUTE));
  const failures = (name: string): RateLimit => byNetwork(name, settings.failuresPerMinute);
  const newcomers = (name: string): NewcomerLimits => ({
    browser: limit(name, settings.failuresPerMinute, MINUTE),
    address: byNetwork(`${name}-at`, BROWSERS * settings.failuresPerMinute),
  });
  const misses = counters("misses", { times: 1, seconds: 60 * MINUTE });
  const vouched = (name: string): RateLimit => limit(name, settings.accountFailures, 15 * MINUTE);
  return {
    sends: limit("sends", settings.sendsPerSecond, 1),
    scim: limit("scim", settings.sendsPerSecond, 1),
    scimReads: limit("scim-reads", 1, 60 * MINUTE),
    items: limit("items", MINUTE * settings.sendsPerSecond, MINUTE),
    reveals: limit("reveals", settings.revealsPerHour, 60 * MINUTE),
    revealNotes: limit("reveal-notes", 1, 60 * MINUTE),
    emergencies: limit("emergencies", 30, 60 * MINUTE),
    signOuts: limit("sign-outs", 3, 60 * MINUTE),
    keys: failures("keys"),
    lookups: failures("lookups"),
    callbacks: failures("callbacks"),
    links: limit("links", 20, MINUTE),
    covers: limit("covers", 1, 60 * MINUTE),
    snoozes: limit("snoozes", 30, 60 * MINUTE),
    denials: limit("denials", Math.max(60, 2 * settings.failuresPerMinute), MINUTE),
    denialNotes: limit("denial-notes", 1, MINUTE),
    misses: async (key) => (await misses.penalty(key)).consumedPoints,
    trials: limit("trials", 6, MINUTE),
    undos: limit("undos", 5, 60 * MINUTE),
    unnamed: failures("unnamed"),
    people: newcomers("people"),
    oidc: newcomers("oidc"),
    passkeys: newcomers("passkeys"),
    greetings: byNetwork("greetings", BROWSERS * settings.failuresPerMinute),
    invitations: failures("invitations"),
    walls: newcomers("walls"),
    wallGrants: limit("wall-grants", 30, 60 * MINUTE),
    subjectTokens: limit("subject-tokens", 1_000, MINUTE),
    subjectTokensOf: limit("subject-tokens-of", 20, MINUTE),
    feedReads: limit("feed-reads", 30, MINUTE),
    resets: newcomers("resets"),
    resetsOf: limit("resets-of", 3, 60 * MINUTE),
    vouched: {
      people: vouched("vouched"),
      oidc: vouched("vouched-oidc"),
      passkeys: vouched("vouched-passkeys"),
      walls: vouched("vouched-walls"),
      resets: vouched("vouched-resets"),
    },
    devices: createDelays("devices", settings.accountFailures, counters),
    accounts: createDelays("accounts", settings.accountFailures, counters),
    proofs: createDelays("proofs", settings.accountFailures, counters),
  };
}

function countBy(counter: Counter, times: number): RateLimit {
  return {
    take: async (key, many = 1) => {
      try {
        await counter.consume(key, { many });
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        throw new Throttled(error.msBeforeNext, error.consumedPoints - many <= times);
      }
    },
    check: async (key) => {
      const counted = await counter.get(key);
      if (counted !== null && counted.consumedPoints >= times)
        throw new Throttled(counted.msBeforeNext, false);
    },
    count: async (key) => {
      await counter.penalty(key);
    },
    giveBack: async (key, many = 1) => {
      await counter.reward(key, many);
    },
    forget: async (key) => {
      await counter.delete(key);
    },
  };
}

/** Counts an address of IPv6 by its /48 as well: who has one has 65,536 of its /64. Both let a call through, or none counts it. */
function inSite(own: RateLimit, site: RateLimit): RateLimit {
  const countOf = (network: string, many = 1): Count => {
    const of = (limit: RateLimit, key: string): Count => ({
      take: () => limit.take(key, many),
      giveBack: () => limit.giveBack(key, many),
    });
    const wide = siteOf(network);
    return wide === null ? of(own, network) : inTurn(of(own, network), of(site, wide));
  };
  const both = async (
    network: string,
    work: (limit: RateLimit, key: string) => Promise<void>,
  ): Promise<void> => {
    const wide = siteOf(network);
    await work(own, network);
    if (wide !== null) await work(site, wide);
  };
  return {
    take: (network, many) => countOf(network, many).take(),
    giveBack: (network, many) => countOf(network, many).giveBack(),
    check: (network) => both(network, (limit, key) => limit.check(key)),
    count: (network) => both(network, (limit, key) => limit.count(key)),
    forget: (network) => own.forget(network),
  };
}

/** Counts one without refusing the call; false when it is one too many. */
export async function isWithin(limit: RateLimit, key: string): Promise<boolean> {
  try {
    await limit.take(key);
    return true;
  } catch (error) {
    if (error instanceof Throttled) return false;
    throw error;
  }
}
