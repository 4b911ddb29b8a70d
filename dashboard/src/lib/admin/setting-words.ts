import type { Setting, SettingChanges, SettingName } from "../api/admin.ts";
import { CATEGORIES } from "../contract.ts";
import type { Category } from "../contract.ts";
import { kindWords } from "../redaction/segments.ts";
import { channelName, TEAM_WORDS } from "../words.ts";
import { shown } from "../language.ts";

/** What each setting of a territory is called. */
export const SETTING_LABELS: Record<SettingName, string> = {
  originals_days: "Keep originals for",
  reveal_reasons: "Reasons to read an original, of which one must be given",
  privacy_officer: "Privacy officer",
  second_factor: "Who needs an authenticator to sign in by password",
  last_resort: "Last resort",
  acknowledge_within_minutes: "How soon alerts are to be acknowledged",
  grouping: "What comes in digests",
  channels: "Channels of plugins by which its people are told",
  takeover_seconds: "Next channel of a critical alert after",
  "redaction.kinds": "Kinds of identifier that are redacted",
  "redaction.facilities": "Redact names of hospitals, clinics and practices",
  "redaction.patterns": "Identifiers of its own, as regular expressions with bounded repeats",
  "redaction.hidden": "Always redacted: wards, buildings, initials of staff",
  "redaction.kept": "Never redacted",
};

/** Who can be a territory's last resort; the supervisors are where nobody else was chosen. */
export const LAST_RESORTS = ["supervisor", "clinician", "person"] as const;
export type LastResort = (typeof LAST_RESORTS)[number];

export const LAST_RESORT_WORDS: Record<LastResort, string> = {
  supervisor: "The supervisors of the territory",
  clinician: "The clinicians of the territory",
  person: "A person",
};

const MANY_WORDS: Record<Category, string> = {
  order_update: "order updates",
  patient_alert: "patient alerts",
  system_message: "system messages",
};

const quoted = (texts: readonly string[]): string => texts.map((text) => `“${text}”`).join(", ");
const kindly = (listed: readonly { kind: string; value: string }[]): string =>
  listed.map(({ kind, value }) => `“${value}” as ${kindWords(kind)}`).join(", ");
const list = <T>(values: readonly T[] | null, words: (values: readonly T[]) => string): string =>
  values === null || values.length === 0 ? shown("none") : words(values);

/** People whom settings name by their ids. */
type People = readonly { user_id: string; name: string }[];

const nameOf = (people: People, id: string): string =>
  people.find(({ user_id }) => user_id === id)?.name ?? id;

/** Who is a territory's last resort, by name: "the clinicians of the territory". */
export const resortWords = (set: Setting<"last_resort">, people: People): string =>
  "user_id" in set ? nameOf(people, set.user_id) : LAST_RESORT_WORDS[set.role].toLowerCase();

/** A value of each setting in words; null where it is not set. */
const VALUE_WORDS: { [Name in SettingName]: (value: Setting<Name> | null, people: People) => string } = {
  originals_days: (days) => (days === null ? "for good" : days === 1 ? "1 day" : `${days} days`),
  reveal_reasons: (reasons) => list(reasons, quoted),
  privacy_officer: (person, people) => (person === null ? shown("nobody") : nameOf(people, person)),
  second_factor: (set) => (set === null ? shown("nobody") : factorWords(set)),
  last_resort: (set, people) => resortWords(set ?? { role: "supervisor" }, people),
  acknowledge_within_minutes: (set) => list(targetWords(set ?? {}), (words) => words.join(", ")),
  grouping: (set) =>
    list(
      CATEGORIES.flatMap((category) => groupingWords(category, set?.[category])),
      (words) => words.join(", "),
    ),
  channels: (names) => list(names, (all) => all.map(channelName).join(", ")),
  takeover_seconds: (seconds) => `${seconds ?? 15} s`,
  "redaction.kinds": (kinds) =>
    kinds === null ? shown("all") : list(kinds, (all) => all.map(kindWords).join(", ")),
  "redaction.facilities": (is) => (is === false ? shown("no") : shown("yes")),
  "redaction.patterns": (patterns) =>
    list(patterns, (all) => kindly(all.map(({ kind, source }) => ({ kind, value: source })))),
  "redaction.hidden": (values) => list(values, kindly),
  "redaction.kept": (values) => list(values, quoted),
};

const isSetting = (name: string): name is SettingName => Object.hasOwn(SETTING_LABELS, name);
const changed = (label: string, from: string, to: string): string => `${label}: ${from} → ${to}`;
const line = <Name extends SettingName>(
  name: Name,
  { from, to }: { from: Setting<Name> | null; to: Setting<Name> | null },
  people: People,
): string => changed(SETTING_LABELS[name], VALUE_WORDS[name](from, people), VALUE_WORDS[name](to, people));

/** A change of each setting in words, people by their names. One that this page does not know, of a newer node, is shown as it is: nobody confirms what they don't see. */
export const settingLines = (changes: SettingChanges, people: People): string[] =>
  Object.entries(changes).map(([name, change]) =>
    isSetting(name)
      ? line(name, change, people)
      : changed(name, JSON.stringify(change.from), JSON.stringify(change.to)),
  );

/** Who needs an authenticator, and from when on: "clinicians after 7 days". */
export const factorWords = ({ roles, grace_days }: Setting<"second_factor">): string =>
  `${roles.map((role) => TEAM_WORDS[role].many).join(shown(" and "))} ${graceWords(grace_days)}`;

const graceWords = (days: number): string =>
  days === 0 ? "at once" : days === 1 ? "after 1 day" : `after ${days} days`;

/** How a category comes to people; empty where each comes by itself. */
export function groupingWords(category: Category, set: Setting<"grouping">[Category] | undefined): string[] {
  if (set === undefined) return [];
  const { throttle, digest } = set;
  const window = digest?.window ?? 1;
  const some =
    throttle === undefined ? MANY_WORDS[category] : `${MANY_WORDS[category]} beyond ${throttle} a minute`;
  const words =
    window === 1 ? `${some} in digests every minute` : `${some} in digests every ${window} minutes`;
  return [digest?.by === undefined ? words : `${words} by ${digest.by}`];
}

/** How soon alerts are to be acknowledged, by category: "patient alerts within 30 minutes". */
export const targetWords = (targets: Setting<"acknowledge_within_minutes">): string[] =>
  CATEGORIES.flatMap((category) => {
    const minutes = targets[category];
    if (minutes === undefined) return [];
    const some = MANY_WORDS[category];
    return [minutes === 1 ? `${some} within a minute` : `${some} within ${minutes} minutes`];
  });
