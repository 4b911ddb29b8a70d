import type { Kind, Ledger } from "./ledger.ts";

/** A send that somebody waited long for. */
export interface Wait {
  id: string;
  kind: Kind;
  /** ms. */
  ms: number;
}

/** The worst of what people waited for. */
export interface Recovery {
  /** From the acceptance until a device showed it. */
  longest: Wait | null;
  /** From the end of the last fault that came in between: the time that no fault excuses. */
  afterFault: (Wait & { fault: string }) | null;
}

export function worstRecovery({
  entries,
  troubles,
  shown,
}: Pick<Ledger, "entries" | "troubles" | "shown">): Recovery {
  const shownAt = new Map(shown.flatMap(({ at }) => [...at]));
  const worst: Recovery = { longest: null, afterFault: null };
  for (const { id, kind, acceptedAt } of entries) {
    const at = shownAt.get(id ?? "");
    if (id === null || acceptedAt === null || at === undefined) continue;
    const ms = at - acceptedAt;
    if (ms > (worst.longest?.ms ?? 0)) worst.longest = { id, kind, ms };
    const between = troubles.filter(({ to }) => to >= acceptedAt && to <= at).sort((a, b) => b.to - a.to);
    const last = between[0];
    if (last !== undefined && at - last.to > (worst.afterFault?.ms ?? 0))
      worst.afterFault = { id, kind, ms: at - last.to, fault: last.name };
  }
  return worst;
}
