import type { Kind, Ledger } from "./ledger.ts";

/** The fault after which somebody waited longest for what was accepted during it. */
export interface Recovery {
  name: string;
  /** From the fault's end until the last of those sends was on its recipient's device; ms. */
  ms: number;
  /** That send. */
  id: string;
  kind: Kind;
}

/** The worst of all recoveries; null where no fault held anything up. */
export function worstRecovery({
  entries,
  troubles,
  shown,
}: Pick<Ledger, "entries" | "troubles" | "shown">): Recovery | null {
  const shownAt = new Map(shown.flatMap(({ at }) => [...at]));
  const recoveries = troubles.flatMap(({ name, from, to }) =>
    entries.flatMap(({ id, kind, acceptedAt }): Recovery[] => {
      const at = shownAt.get(id ?? "");
      if (id === null || acceptedAt === null || at === undefined) return [];
      return acceptedAt < from || acceptedAt > to || at < to ? [] : [{ name, ms: at - to, id, kind }];
    }),
  );
  return recoveries.reduce<Recovery | null>(
    (worst, one) => (worst !== null && worst.ms >= one.ms ? worst : one),
    null,
  );
}
