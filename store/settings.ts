import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import {
  CHANNEL_NAME,
  CATEGORIES,
  DIGEST_MINUTES,
  FACTOR_GRACE_DAYS,
  ID,
  LONGEST_LISTED,
  MOST_LISTED,
  MOST_PATTERNS,
  ORIGINALS_DAYS,
  REVEAL_REASONS,
  TAKEOVER_SECONDS,
  TARGET_MINUTES,
  THROTTLE,
} from "../channels/contract.ts";
import { holdsUnseen, isSeen } from "../config/seen.ts";
import { type Kind, KINDS } from "../redaction/kinds.ts";
import type { Json } from "./audit/record.ts";
import type { Transaction } from "./db/knex.ts";
import { Territory } from "./models/User.ts";

/** What names a patient or reaches them is redacted everywhere; a date may be one of birth. */
export const ALWAYS_REDACTED: readonly Kind[] = ["name", "ssn", "mrn", "date", "phone", "email"];

/** A value that a territory lists: two letters at least, so that no number of a patient is kept by it. */
const ListedValue = z
  .string()
  .trim()
  .max(LONGEST_LISTED)
  .regex(/\p{L}.*\p{L}/su, "must hold two letters");

/** How a territory wants its messages redacted. A setting that is left out is as strict as it gets. */
export const RedactionSettings = z.strictObject({
  kinds: z
    .array(z.enum(KINDS))
    .refine((kinds) => ALWAYS_REDACTED.every((kind) => kinds.includes(kind)), {
      error: `must include ${ALWAYS_REDACTED.join(", ")}: these are redacted everywhere`,
    })
    .optional()
    .describe(`The kinds to redact; all unless given. ${ALWAYS_REDACTED.join(", ")} can't be left out`),
  facilities: z
    .boolean()
    .optional()
    .describe("Names of hospitals, clinics and practices; redacted unless false"),
  patterns: z
    .array(
      z.strictObject({
        kind: z.enum(KINDS),
        // Judged where it is set (`judgeInThread`): whoever reads settings compiles nothing.
        source: z.string().max(1_000),
      }),
    )
    .max(MOST_PATTERNS)
    .optional()
    .describe("The territory's own identifiers, as regular expressions with bounded repeats"),
  hidden: z
    .array(z.strictObject({ kind: z.enum(KINDS), value: ListedValue }))
    .max(MOST_LISTED)
    .optional()
    .describe("What is always redacted, in every form of its kind: wards, buildings, initials of staff"),
  kept: z
    .array(ListedValue)
    .max(MOST_LISTED)
    .optional()
    .describe(
      "What is never redacted where it stands whole and no sender knows it as an identifier: products, programmes, places in the house that pass for names",
    ),
});
export type RedactionSettings = z.infer<typeof RedactionSettings>;

/** What an administrator sets for a territory. */
export const TerritorySettings = z.strictObject({
  redaction: RedactionSettings.optional(),
  originals_days: z
    .int()
    .min(ORIGINALS_DAYS.least)
    .max(ORIGINALS_DAYS.most)
    .optional()
    .describe("Days after which the key of what a sender wrote is destroyed; kept unless set"),
  reveal_reasons: z
    .array(z.string().trim().min(1).max(REVEAL_REASONS.longest))
    .min(1)
    .max(REVEAL_REASONS.most)
    .optional()
    .describe("What somebody must give one of to read an original; no reason is asked for unless set"),
  privacy_officer: z
    .string()
    .min(1)
    .max(ID.longest)
    .optional()
    .describe(
      "Who, beside the supervisors, is told of emergency accesses and reviews them: somebody with a role in the territory",
    ),
  second_factor: z
    .strictObject({
      roles: z
        .array(z.enum(["clinician", "supervisor"]))
        .min(1)
        .max(2),
      grace_days: z.int().min(FACTOR_GRACE_DAYS.least).max(FACTOR_GRACE_DAYS.most),
    })
    .optional()
    .describe(
      "Whoever has one of these roles and signs in by password needs a second factor, after so many days; nobody unless set",
    ),
  last_resort: z
    .union([
      z.strictObject({ role: z.enum(["clinician", "supervisor"]) }),
      z.strictObject({ user_id: z.string().min(1).max(ID.longest) }),
    ])
    .optional()
    .describe(
      "Who is told every 10 minutes of an alert whose escalation rules are used up; the territory's supervisors unless set, and where none of them can be told, the administrators by email",
    ),
  acknowledge_within_minutes: z
    .partialRecord(z.enum(CATEGORIES), z.int().min(TARGET_MINUTES.least).max(TARGET_MINUTES.most))
    .optional()
    .describe("How soon alerts of a category are to be acknowledged, for reports; none unless set"),
  grouping: z
    .partialRecord(
      z.enum(CATEGORIES),
      z
        .strictObject({
          throttle: z
            .int()
            .min(THROTTLE.least)
            .max(THROTTLE.most)
            .optional()
            .describe("So many a minute come to a person by themselves; what is beyond is grouped"),
          digest: z
            .strictObject({
              window: z
                .int()
                .min(DIGEST_MINUTES.least)
                .max(DIGEST_MINUTES.most)
                .describe(
                  "Minutes after its first item in which a digest comes; 1 where there is a throttle alone",
                ),
              by: z
                .string()
                .min(1)
                .max(200)
                .optional()
                .describe("The name of an entry of `metadata`: each of its values has a digest of its own"),
            })
            .optional(),
        })
        .refine(({ throttle, digest }) => throttle !== undefined || digest !== undefined, {
          error: "must have a throttle, a digest or both",
        }),
    )
    .optional()
    .describe(
      "What of a category comes to a person as one notification with its items: never what is high or critical, has to be acknowledged, or corrects another; nothing unless set",
    ),
  channels: z
    .array(z.string().regex(CHANNEL_NAME, "must be a channel's name"))
    .max(20)
    .optional()
    .describe(
      "Channels beside websocket, email, sms and push that its people are told by, as long as they don't decline; unless set, only those who ask for them",
    ),
  takeover_seconds: z
    .int()
    .min(TAKEOVER_SECONDS.least)
    .max(TAKEOVER_SECONDS.most)
    .optional()
    .describe(
      "How long the next channel of a critical notification waits until somebody has seen it; 15 unless set, 0 for all channels at once",
    ),
});
export type TerritorySettings = z.infer<typeof TerritorySettings>;

/** A change of settings: what is left out stays, null takes one back. */
export const SettingsChange = z.strictObject({
  redaction: TerritorySettings.shape.redaction.nullable(),
  originals_days: TerritorySettings.shape.originals_days.nullable(),
  reveal_reasons: TerritorySettings.shape.reveal_reasons
    .refine((reasons) => reasons?.every((reason) => isSeen(reason) && !holdsUnseen(reason)) ?? true, {
      error: "must hold visible characters alone",
    })
    .nullable(),
  privacy_officer: TerritorySettings.shape.privacy_officer.nullable(),
  second_factor: TerritorySettings.shape.second_factor.nullable(),
  last_resort: TerritorySettings.shape.last_resort.nullable(),
  acknowledge_within_minutes: TerritorySettings.shape.acknowledge_within_minutes.nullable(),
  channels: TerritorySettings.shape.channels.nullable(),
  grouping: TerritorySettings.shape.grouping.nullable(),
  takeover_seconds: TerritorySettings.shape.takeover_seconds.nullable(),
});
export type SettingsChange = z.infer<typeof SettingsChange>;

/** Settings as they are stored: those from before a kind was redacted everywhere count as if they named it. */
export const StoredSettings = z
  .looseObject({ redaction: z.looseObject({ kinds: z.array(z.string()).optional() }).optional() })
  .transform(({ redaction, ...others }) => {
    const kinds = redaction?.kinds;
    if (kinds === undefined) return redaction === undefined ? others : { ...others, redaction };
    return { ...others, redaction: { ...redaction, kinds: [...new Set([...kinds, ...ALWAYS_REDACTED])] } };
  })
  .pipe(TerritorySettings);

/** A territory's settings. @throws when what is stored is not what an administrator could have set */
export async function readSettings(trx: Transaction, territoryId: string): Promise<TerritorySettings> {
  const territory = await Territory.query(trx).findById(territoryId).select("settings");
  return StoredSettings.parse(territory?.settings ?? {});
}

/** Stored settings with a change made to them. */
export function withChange(stored: object, change: SettingsChange | undefined): TerritorySettings {
  const all: Record<string, unknown> = { ...stored, ...change };
  return StoredSettings.parse(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)));
}

/**
 * Whether less would be redacted than before, originals kept for another time, no reason or another one asked of who reads them, somebody else told
 * of emergency accesses or of what nobody answers, or a second factor demanded of fewer people or later: no admin decides that alone.
 */
export function isGuarded(before: TerritorySettings, after: TerritorySettings): boolean {
  const [old, now] = [before.redaction ?? {}, after.redaction ?? {}];
  const kinds = new Set<Kind>(now.kinds ?? KINDS);
  return (
    (old.kinds ?? KINDS).some((kind) => !kinds.has(kind)) ||
    (now.facilities === false && old.facilities !== false) ||
    (old.patterns ?? []).some(
      (one) => !(now.patterns ?? []).some((other) => isDeepStrictEqual(one, other)),
    ) ||
    (old.hidden ?? []).some((one) => !(now.hidden ?? []).some((other) => isDeepStrictEqual(one, other))) ||
    (now.kept ?? []).some((value) => !(old.kept ?? []).includes(value)) ||
    before.originals_days !== after.originals_days ||
    hasOtherReasons(before.reveal_reasons, after.reveal_reasons) ||
    before.privacy_officer !== after.privacy_officer ||
    !isDeepStrictEqual(before.last_resort, after.last_resort) ||
    isLaxer(before.second_factor, after.second_factor)
  );
}

/** Whether a reason would do that did not before; none at all does without any. */
const hasOtherReasons = (before: string[] | undefined, after: string[] | undefined): boolean =>
  before !== undefined && (after === undefined || after.some((reason) => !before.includes(reason)));

function isLaxer(
  before: TerritorySettings["second_factor"],
  after: TerritorySettings["second_factor"],
): boolean {
  if (before === undefined) return false;
  if (after === undefined || after.grace_days > before.grace_days) return true;
  return before.roles.some((role) => !after.roles.includes(role));
}

/** Of each setting that differs, by its name (`originals_days`, `redaction.kinds`), the old and the new value; null where there is none. */
export const SettingChanges = z.record(z.string(), z.strictObject({ from: z.unknown(), to: z.unknown() }));
export type SettingChanges = z.infer<typeof SettingChanges>;

export function settingChanges(before: object, after: object): Record<string, { from: Json; to: Json }> {
  const [old, now] = [flat(before), flat(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return Object.fromEntries(
    names.flatMap((name) => {
      const [from, to] = [old.get(name) ?? null, now.get(name) ?? null];
      return isDeepStrictEqual(from, to) ? [] : [[name, { from, to }]];
    }),
  );
}

/** Stored settings with each of these changes made; `otherwise` names those whose old value is not there any more, none is made then. */
export function withChanges(
  stored: object,
  changes: SettingChanges,
): { settings: TerritorySettings } | { otherwise: string[] } {
  const values = new Map<string, unknown>(flat(stored));
  const all = Object.entries(changes);
  const otherwise = all.filter(([name, { from }]) => !isDeepStrictEqual(values.get(name) ?? null, from));
  if (otherwise.length > 0) return { otherwise: otherwise.map(([name]) => name) };
  for (const [name, { to }] of all)
    if (to === null) values.delete(name);
    else values.set(name, to);
  return { settings: StoredSettings.parse(nest(values)) };
}

const Settings = z.record(z.string(), z.json());
const REDACTION = "redaction.";

/** Each setting by its name, those for redaction as `redaction.kinds` and the like. */
function flat(settings: object): Map<string, Json> {
  const { redaction, ...others } = Settings.parse(settings);
  const inner = Settings.safeParse(redaction).data ?? {};
  return new Map([
    ...Object.entries(others),
    ...Object.entries(inner).map(([name, value]): [string, Json] => [REDACTION + name, value]),
  ]);
}

/** The settings of which `flat` made these. */
function nest(values: Map<string, unknown>): object {
  const isInner = ([name]: [string, unknown]): boolean => name.startsWith(REDACTION);
  const inner = [...values].filter(isInner).map(([name, value]) => [name.slice(REDACTION.length), value]);
  const others = Object.fromEntries([...values].filter((one) => !isInner(one)));
  return inner.length === 0 ? others : { ...others, redaction: Object.fromEntries(inner) };
}
