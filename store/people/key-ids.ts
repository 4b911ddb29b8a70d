import { setTimeout as delay } from "node:timers/promises";
import type { Knex } from "knex";
import { actAs } from "../db/knex.ts";
import { ServiceKey } from "../models/Service.ts";

/** The pause between two readings; ms. */
const REST = 50;

/** The ids of keys, by which one that is made up costs no look-up, also where its form has no MAC. */
export interface KeyIds {
  /** Without a look: whether it was somebody's when they were read last. */
  knows(id: string): boolean;
  /** The same, by a reading that begins after the question; all who ask meanwhile share one. */
  isKnown(id: string): Promise<boolean>;
}

export function createKeyIds(knex: Knex): KeyIds {
  let ids = new Set<string>();
  let next: Promise<void> | null = null;
  let before: Promise<unknown> = Promise.resolve();

  async function read(): Promise<void> {
    const found = await actAs(knex, "sign-in", (trx) =>
      ServiceKey.query(trx).select("id").whereNull("revoked_at"),
    );
    ids = new Set(found.map(({ id }) => id));
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
    knows: (id) => ids.has(id),
    isKnown: async (id) => {
      await nextReading();
      return ids.has(id);
    },
  };
}
