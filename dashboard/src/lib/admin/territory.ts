import { CATEGORIES, TOLD_UNASKED } from "../contract.ts";
import type { Category } from "../contract.ts";
import type { RedactionPattern, Territory, TerritoryChange, TerritorySettings } from "../api/admin.ts";
import { channelName } from "../words.ts";
import { factorWords, groupingWords, resortWords, targetWords } from "./setting-words.ts";
import type { LastResort } from "./setting-words.ts";

/** A territory's settings as they stand in the form. */
export interface TerritoryDraft {
  name: string;
  /** Null: originals are kept. */
  originalsDays: number | null;
  /** Null: as Tocsin has it. */
  takeoverSeconds: number | null;
  /** The plugins' channels by which its people are told unasked. */
  channels: string[];
  lastResort: LastResort;
  /** The person's id, where a person is the last resort. */
  lastResortPerson: string;
  /** Of which one must be given to read an original; none is asked for where there are none. */
  reasons: { text: string }[];
  /** How soon alerts of each category are to be acknowledged. */
  targets: TargetDraft[];
  /** How each category comes to people. */
  grouping: GroupingDraft[];
  /** The id of who is told of emergency accesses beside the supervisors; empty for nobody. */
  privacyOfficer: string;
  /** Who needs a second factor, and after how many days. */
  factorRoles: ("clinician" | "supervisor")[];
  factorGraceDays: number | null;
  facilities: boolean;
  patterns: RedactionPattern[];
  /** What is always redacted, and what never is. */
  hidden: Listed[];
  kept: string[];
}

/** Within how many minutes alerts of a category are to be acknowledged; null: there is no target. */
export interface TargetDraft {
  category: Category;
  minutes: number | null;
}

/** How a category is grouped; null and empty for not at all. */
export interface GroupingDraft {
  category: Category;
  /** So many a minute come by themselves. */
  throttle: number | null;
  /** Minutes. */
  window: number | null;
  /** The name of an entry of `metadata`. */
  by: string;
}

/** A value that a territory always redacts. */
export type Listed = NonNullable<NonNullable<TerritorySettings["redaction"]>["hidden"]>[number];

export const toDraft = ({ name, settings }: Territory): TerritoryDraft => ({
  name,
  originalsDays: settings.originals_days ?? null,
  takeoverSeconds: settings.takeover_seconds ?? null,
  channels: [...(settings.channels ?? [])],
  ...lastResortOf(settings.last_resort),
  privacyOfficer: settings.privacy_officer ?? "",
  factorRoles: [...(settings.second_factor?.roles ?? [])],
  factorGraceDays: settings.second_factor?.grace_days ?? 7,
  reasons: (settings.reveal_reasons ?? []).map((text) => ({ text })),
  targets: CATEGORIES.map((category) => ({
    category,
    minutes: settings.acknowledge_within_minutes?.[category] ?? null,
  })),
  grouping: CATEGORIES.map((category) => {
    const { throttle, digest } = settings.grouping?.[category] ?? {};
    return { category, throttle: throttle ?? null, window: digest?.window ?? null, by: digest?.by ?? "" };
  }),
  facilities: settings.redaction?.facilities ?? true,
  patterns: (settings.redaction?.patterns ?? []).map((pattern) => ({ ...pattern })),
  hidden: (settings.redaction?.hidden ?? []).map((listed) => ({ ...listed })),
  kept: [...(settings.redaction?.kept ?? [])],
});

function lastResortOf(
  set: TerritorySettings["last_resort"],
): Pick<TerritoryDraft, "lastResort" | "lastResortPerson"> {
  if (set !== undefined && "user_id" in set) return { lastResort: "person", lastResortPerson: set.user_id };
  return { lastResort: set?.role ?? "supervisor", lastResortPerson: "" };
}

/** The channels that a territory can choose: the plugins' that are on, and what it has chosen before. */
export const choosable = (on: readonly string[], { settings }: Territory): string[] => [
  ...new Set([...on.filter((name) => !TOLD_UNASKED.includes(name)), ...(settings.channels ?? [])]),
];

/** The setting that the draft's last resort makes; null where the supervisors are it without being set. */
function toLastResort(
  { settings }: Territory,
  { lastResort, lastResortPerson }: TerritoryDraft,
): TerritorySettings["last_resort"] | null {
  if (lastResort === "person") return { user_id: lastResortPerson };
  return lastResort === "supervisor" && settings.last_resort === undefined ? null : { role: lastResort };
}

/** The setting that the draft's grouping makes; null where nothing is grouped. */
function toGrouping(draft: GroupingDraft[]): TerritorySettings["grouping"] | null {
  const set = draft.filter(({ throttle, window }) => throttle !== null || window !== null);
  if (set.length === 0) return null;
  return Object.fromEntries(
    set.map(({ category, throttle, window, by }) => [
      category,
      {
        ...(throttle !== null && { throttle }),
        ...(window !== null && { digest: { window, ...(by.trim() !== "" && { by: by.trim() }) } }),
      },
    ]),
  );
}

/** The setting that the draft's targets make; null where there is none. */
function toTargets(draft: TargetDraft[]): TerritorySettings["acknowledge_within_minutes"] | null {
  const set = draft.filter(({ minutes }) => minutes !== null);
  return set.length === 0
    ? null
    : Object.fromEntries(set.map(({ category, minutes }) => [category, minutes]));
}

/** How messages are redacted as the draft has it; what the form doesn't show stays. */
export function toRedaction(
  before: Territory,
  draft: TerritoryDraft,
): NonNullable<TerritorySettings["redaction"]> {
  const { facilities: _f, patterns: _p, hidden: _h, kept: _k, ...others } = before.settings.redaction ?? {};
  const patterns = draft.patterns.filter(({ source }) => source.trim() !== "");
  const hidden = draft.hidden.filter(({ value }) => value.trim() !== "");
  const kept = draft.kept.filter((value) => value.trim() !== "");
  return {
    ...others,
    ...(!draft.facilities && { facilities: false }),
    ...(patterns.length > 0 && { patterns }),
    ...(hidden.length > 0 && { hidden }),
    ...(kept.length > 0 && { kept }),
  };
}

/** The change that makes a territory as the draft has it; settings that the form doesn't show stay. */
export function toChange(before: Territory, draft: TerritoryDraft): TerritoryChange {
  const reasons = [...new Set(draft.reasons.map(({ text }) => text.trim()).filter((text) => text !== ""))];
  const redaction = toRedaction(before, draft);
  return {
    name: draft.name.trim(),
    settings: {
      originals_days: draft.originalsDays,
      takeover_seconds: draft.takeoverSeconds,
      channels: draft.channels.length > 0 ? draft.channels : null,
      last_resort: toLastResort(before, draft),
      reveal_reasons: reasons.length > 0 ? reasons : null,
      acknowledge_within_minutes: toTargets(draft.targets),
      grouping: toGrouping(draft.grouping),
      privacy_officer: draft.privacyOfficer.trim() === "" ? null : draft.privacyOfficer.trim(),
      second_factor:
        draft.factorRoles.length > 0
          ? { roles: draft.factorRoles, grace_days: draft.factorGraceDays ?? 0 }
          : null,
      redaction: Object.keys(redaction).length > 0 ? redaction : null,
    },
  };
}

/** A territory's settings in words, people by their names. */
export function settingsWords({ settings, people }: Territory): string {
  const {
    originals_days,
    redaction,
    takeover_seconds,
    channels,
    last_resort,
    reveal_reasons,
    second_factor,
    acknowledge_within_minutes,
    grouping,
  } = settings;
  const kinds = redaction?.kinds?.length;
  const patterns = redaction?.patterns?.length ?? 0;
  return [
    originals_days === undefined ? "Originals are kept" : `Originals are kept for ${originals_days} days`,
    ...(takeover_seconds === undefined ? [] : [takeoverWords(takeover_seconds)]),
    ...(channels === undefined || channels.length === 0
      ? []
      : [`people are told by ${channels.map(channelName).join(", ")} unasked`]),
    ...(last_resort === undefined ? [] : [`last resort: ${resortWords(last_resort, people)}`]),
    ...(reveal_reasons === undefined
      ? []
      : [`read for ${reveal_reasons.map((one) => `“${one}”`).join(", ")}`]),
    ...(second_factor === undefined ? [] : [`an authenticator for ${factorWords(second_factor)}`]),
    ...targetWords(acknowledge_within_minutes ?? {}).map((words) => `${words} acknowledged`),
    ...CATEGORIES.flatMap((category) => groupingWords(category, grouping?.[category])),
    ...(redaction?.facilities === false ? ["facilities are not redacted"] : []),
    ...(kinds === undefined ? [] : [kinds === 1 ? "1 kind is redacted" : `${kinds} kinds are redacted`]),
    ...(patterns > 0 ? [patterns === 1 ? "1 pattern of its own" : `${patterns} patterns of its own`] : []),
  ].join("; ");
}

const takeoverWords = (seconds: number): string =>
  seconds === 0
    ? "critical alerts go by all channels at once"
    : `the next channel of a critical alert after ${seconds} s`;
