import { setTimeout as delay } from "node:timers/promises";
import type { Knex } from "knex";
import { actAs, type Transaction } from "../db/knex.ts";
import { ServiceKey } from "../models/Service.ts";

/** The pause between two readings; ms. */
const REST = 50;

/** What there is of a kind, by which what is made up costs no look-up. */
export interface Known {
  /** Without a look: whether it was there when it was read last. */
  knows(one: string): boolean;
  /** The same, by a reading that begins after the question; all who ask meanwhile share one. */
  isKnown(one: string): Promise<boolean>;
}

/** Whether it is there: without a look where it was there when it was read last. */
export const isAmong = async (known: Known, one: string): Promise<boolean> =>
  known.knows(one) || (await known.isKnown(one));

/** The ids of keys, also where a key's form has no MAC. */
export const createKeyIds = (knex: Knex): Known =>
  createKnown(knex, async (trx) => {
    const found = await ServiceKey.query(trx).select("id").whereNull("revoked_at");
    return found.map(({ id }) => id);
  });

/** The origins for which some key may ask for subject tokens. */
export const createEmbedders = (knex: Knex): Known =>
  createKnown(knex, async (trx) => {
    const found = await ServiceKey.query(trx)
      .select("subject_origins")
      .whereNull("revoked_at")
      .whereRaw("subject_origins <> '{}'");
    return found.flatMap(({ subject_origins }) => subject_origins);
  });

function createKnown(knex: Knex, readAll: (trx: Transaction) => Promise<string[]>): Known {
  let all = new Set<string>();
  let next: Promise<void> | null = null;
  let before: Promise<unknown> = Promise.resolve();

  async function read(): Promise<void> {
    all = new Set(await actAs(knex, "sign-in", readAll));
  }

  /** The reading that has not begun yet. */
  function nextReading(): Promise<void> {
    next ??= before.then(() => {
      next = null;
      const reading = read();
      before = reading.catch(() => undefined).then(() => delay(REST));
      return reading;
    });
    return next;
  }

  return {
    knows: (one) => all.has(one),
    isKnown: async (one) => {
      await nextReading();
      return all.has(one);
    },
  };
}
