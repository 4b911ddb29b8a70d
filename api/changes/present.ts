import {
  GuardedChange,
  GuardedSettings,
  type PendingChange as Row,
} from "../../store/people/pending-changes.ts";
import type { PendingChange } from "./schema.ts";

/**
 * Pending changes as admins see them. One that an older version noted, and that could not be asked for any more, is left out: it
 * is confirmed by nobody, and over within a week.
 */
export const presentChanges = (rows: Row[]): PendingChange[] =>
  rows.flatMap(({ id, kind, change, asked_at, expires_at, ...names }) => {
    const { data } = (kind === "person" ? GuardedChange : GuardedSettings).safeParse(change);
    if (data === undefined) return [];
    return [
      {
        change_id: id,
        kind,
        ...names,
        change: data,
        asked_at: asked_at.toISOString(),
        expires_at: expires_at.toISOString(),
      },
    ];
  });
