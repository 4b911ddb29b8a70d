import type { RedactionPattern, Territory, TerritoryChange } from "../api/admin.ts";

/** A territory's settings as they stand in the form. */
export interface TerritoryDraft {
  name: string;
  /** Null: originals are kept. */
  originalsDays: number | null;
  facilities: boolean;
  patterns: RedactionPattern[];
}

export const toDraft = ({ name, settings }: Territory): TerritoryDraft => ({
  name,
  originalsDays: settings.originals_days ?? null,
  facilities: settings.redaction?.facilities ?? true,
  patterns: (settings.redaction?.patterns ?? []).map((pattern) => ({ ...pattern })),
});

/** The change that makes a territory as the draft has it; settings that the form doesn't show stay. */
export function toChange(before: Territory, draft: TerritoryDraft): TerritoryChange {
  const { facilities: _f, patterns: _p, ...kept } = before.settings.redaction ?? {};
  const patterns = draft.patterns.filter(({ source }) => source.trim() !== "");
  const redaction = {
    ...kept,
    ...(!draft.facilities && { facilities: false }),
    ...(patterns.length > 0 && { patterns }),
  };
  return {
    name: draft.name.trim(),
    settings: {
      originals_days: draft.originalsDays,
      redaction: Object.keys(redaction).length > 0 ? redaction : null,
    },
  };
}

/** What is wrong with the days that originals are kept; null when nothing is. */
export const daysFault = (days: number | null): string | null =>
  days === null || (Number.isInteger(days) && days >= 1 && days <= 3_650)
    ? null
    : "Enter whole days from 1 to 3650, or nothing.";

/** An id that senders choose: visible, without spaces at its ends. */
export function idFault(id: string): string | null {
  if (id === "") return "Enter an id.";
  if (id.trim() !== id || id.length > 200 || !/^\P{C}+$/u.test(id))
    return "Use at most 200 visible characters, without spaces at the ends.";
  return null;
}
