import type { Lane } from "../channels/contract.ts";

/** What is taken in may wait this long until it is persisted; ms. More of it than that is refused at once. */
const TARGET = 600;
/** Work that was not persisted by then counts as late, and no longer; ms. */
const LATE = 5_000;
/** Bounds of how much may be under way, and what it begins with. */
const LIMIT = { least: 16, first: 64, most: 512 };
/** The limit grows by this with each piece of work that was in time, while there is use for more. */
const GROWTH = 0.5;
/** It shrinks by this factor when work is late, at most this often; ms. */
const SHRINKING = { by: 0.8, every: 200 };

/** A party, a service with all its keys, has this part at most of what the others leave of a queue, so that no few of them, with many slow calls, leave nothing to the others. */
const SHARE = 0.75;

/** How long refusals go on after the last one; ms. */
const EPISODE = 5_000;
/** The longest that a refused caller is told to wait; s. */
const LONGEST_WAIT = 30;

/** The two queues of what comes in: what is critical has its own, so it is never refused for the sake of the rest. */
export type Urgency = "critical" | "other";

export const urgencyOf = (lane: Lane): Urgency => (lane === "critical" ? "critical" : "other");

/** A place among the work under way. */
export interface Place {
  /** Counts the place as a party's; false where that has its share of the queue already. */
  claim(party: string): boolean;
  /** The work begins now: the time before, in which a slow body came, was the caller's. */
  begin(): void;
  /** Changes to the other queue; false where that has no place left, or none for the party. */
  change(to: Urgency): boolean;
  /** Gives the place back, without saying how long the work took; without effect once it is kept. */
  leave(): void;
  /** Keeps the place until the send of that id is settled. */
  keep(sendId: string): void;
}

/**
 * Takes in no more than the node works off in time: a node that is offered more refuses the rest at once, and loses nothing of its
 * speed by it. How much may be under way follows from how long it takes (additive increase, multiplicative decrease, as of TCP).
 */
export interface Admission {
  /** A place, or null where too much is under way. */
  enter(urgency: Urgency): Place | null;
  /** Counts a refusal. @returns how long its caller had better wait, spread and growing while refusals go on; s */
  refuse(urgency: Urgency): number;
  /** A send is in its recipient's inbox, or needs no place any more for another reason. */
  settled(sendId: string): void;
}

interface AdmissionOptions {
  /** Whether this node persists what it takes in; where it does not, work is done with its answer. */
  persists: boolean;
  /** Told of each refusal. */
  onRefused: (urgency: Urgency) => void;
  now?: () => number;
  random?: () => number;
}

export function createAdmission({
  persists,
  onRefused,
  now = () => performance.now(),
  random = Math.random,
}: AdmissionOptions): Admission {
  const limits = { critical: createLimit(now), other: createLimit(now) };
  const kept = new Map<string, () => void>();
  let refusing = { since: Number.NEGATIVE_INFINITY, last: Number.NEGATIVE_INFINITY };

  function enter(urgency: Urgency): Place | null {
    if (!limits[urgency].take()) return null;
    let since = now();
    let queue: Urgency | null = urgency;
    let party: string | null = null;
    let isKept = false;
    const end = (took: number | null): void => {
      if (queue !== null) limits[queue].giveBack(party, took);
      queue = null;
    };
    return {
      claim(of) {
        if (queue === null || !limits[queue].claim(of)) return false;
        party = of;
        return true;
      },
      begin() {
        since = now();
      },
      change(to) {
        if (queue === null || queue === to) return true;
        if (!limits[to].take()) return false;
        if (party !== null && !limits[to].claim(party)) {
          limits[to].giveBack(null, null);
          return false;
        }
        limits[queue].giveBack(party, null);
        queue = to;
        return true;
      },
      leave() {
        if (!isKept) end(null);
      },
      keep(sendId) {
        isKept = true;
        const done = (): void => {
          kept.delete(sendId);
          clearTimeout(timer);
          end(now() - since);
        };
        const timer = setTimeout(done, LATE);
        timer.unref();
        kept.set(sendId, done);
        if (!persists) done();
      },
    };
  }

  return {
    enter,
    refuse(urgency) {
      onRefused(urgency);
      const at = now();
      refusing = { since: at - refusing.last > EPISODE ? at : refusing.since, last: at };
      // What is critical is little, and comes again at once.
      if (urgency === "critical") return 1;
      const longest = Math.min(LONGEST_WAIT, 2 + (at - refusing.since) / 1_000);
      return Math.ceil(1 + random() * (longest - 1));
    },
    settled(sendId) {
      kept.get(sendId)?.();
    },
  };
}

function createLimit(now: () => number) {
  let limit = LIMIT.first;
  let underWay = 0;
  /** Of them, those that are some party's. */
  let claimed = 0;
  /** Of how many places each party has any. */
  const held = new Map<string, number>();
  let shrunkAt = Number.NEGATIVE_INFINITY;
  return {
    take(): boolean {
      if (underWay + 1 > limit) return false;
      underWay += 1;
      return true;
    },
    /** Counts a place that was taken as a party's. */
    claim(party: string): boolean {
      const own = held.get(party) ?? 0;
      const mine = own + 1;
      if (mine > SHARE * (limit - (claimed - own))) return false;
      held.set(party, mine);
      claimed += 1;
      return true;
    },
    /**
     * @param party whose the place was, null where nobody claimed it
     * @param took ms, null where it says nothing
     */
    giveBack(party: string | null, took: number | null): void {
      const inUse = underWay > limit / 2;
      underWay -= 1;
      if (party !== null) {
        claimed -= 1;
        const left = (held.get(party) ?? 0) - 1;
        if (left > 0) held.set(party, left);
        else held.delete(party);
      }
      if (took === null) return;
      if (took <= TARGET) {
        if (inUse) limit = Math.min(LIMIT.most, limit + GROWTH);
      } else if (now() - shrunkAt >= SHRINKING.every) {
        shrunkAt = now();
        limit = Math.max(LIMIT.least, limit * SHRINKING.by);
      }
    },
  };
}
