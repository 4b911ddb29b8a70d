import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { createTurns } from "../../node/turns.ts";
import { isWithin, type RateLimits } from "./limits.ts";
import { createOneByOne } from "./one-by-one.ts";

/** Credentials that were right and are remembered, by their hashes. */
const REMEMBERED = 2_000;
/** Look-ups of a party that go on or wait, once it has shown too many wrong ones. */
const MOST_WAITING = 8;
/** The node's pause after each of those, whosever it is; ms. */
const REST = 20;

/** Looks up what anybody may make up, such as an old key or a passkey's id: its form does not say whether it is somebody's. */
export interface Lookups {
  /**
   * Has `find` look a credential up, which answers null where it is nobody's. It is counted before that, for the party that shows it, a network
   * for instance. After too many wrong ones of a minute the party's look-ups take turns with those of others like it, one at a time;
   * what was right before is looked up at once from anywhere.
   * @throws Throttled where too many of the party wait
   */
  find<T>(shown: string, party: string, find: () => Promise<T | null>): Promise<T | null>;
}

export function createLookups({ lookups }: Pick<RateLimits, "lookups">): Lookups {
  const good = createMemory(REMEMBERED);
  const oneByOne = createOneByOne(MOST_WAITING);
  const inTurn = createTurns(1);

  const slowly = <T>(party: string, find: () => Promise<T>): Promise<T> =>
    oneByOne(party, () =>
      inTurn([party], async () => {
        const found = await find();
        await delay(REST);
        return found;
      }),
    );

  return {
    find: async (shown, party, find) => {
      const hash = createHash("sha256").update(shown).digest("base64url");
      if (good.has(hash)) {
        const found = await find();
        if (found === null) good.forget(hash);
        return found;
      }
      const isFast = await isWithin(lookups, party);
      const found = isFast ? await find() : await slowly(party, find);
      if (found === null) return null;
      good.remember(hash);
      if (isFast) await lookups.giveBack(party);
      return found;
    },
  };
}

/** Remembers the newest. */
function createMemory(most: number) {
  const hashes = new Set<string>();
  return {
    has: (hash: string) => hashes.has(hash),
    forget: (hash: string) => void hashes.delete(hash),
    remember(hash: string) {
      hashes.delete(hash);
      hashes.add(hash);
      const [oldest] = hashes;
      if (hashes.size > most && oldest !== undefined) hashes.delete(oldest);
    },
  };
}
