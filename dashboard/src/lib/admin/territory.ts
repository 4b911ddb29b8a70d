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

/** A territory's settings in words. */
export function settingsWords({ settings: { originals_days, redaction } }: Territory): string {
  const kinds = redaction?.kinds?.length;
  const patterns = redaction?.patterns?.length ?? 0;
  return [
    originals_days === undefined ? "Originals are kept" : `Originals are kept for ${originals_days} days`,
    ...(redaction?.facilities === false ? ["facilities are not redacted"] : []),
    ...(kinds === undefined ? [] : [kinds === 1 ? "1 kind is redacted" : `${kinds} kinds are redacted`]),
    ...(patterns > 0 ? [`${patterns} ${patterns === 1 ? "pattern" : "patterns"} of its own`] : []),
  ].join("; ");
}
