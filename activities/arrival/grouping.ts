import { v7 as uuidv7 } from "uuid";
import { type Original, unsealOriginal } from "../../store/crypto/original.ts";
import type { InstallationKey } from "../../store/crypto/secrets.ts";
import { sealedFor, type Vault } from "../../store/crypto/vault.ts";
import { storedPreferences } from "../../store/people/preferences.ts";
import { StoredSettings, type TerritorySettings } from "../../store/settings.ts";
import type { Arrival, Content, Grouped, Intake } from "../../store/transitions/arrive.ts";

export interface GroupingDeps {
  vault: Vault;
  /** A digest is found by an HMAC: the value by which it groups may name a patient. */
  secrets: Pick<InstallationKey, "mac">;
}

/** The window where a territory bounds how many come in a minute, and says no other. */
const MINUTE = 1;

/** What is read of a digest itself. */
const NO_TEXT: Original = {
  title: null,
  message: "A digest has no text of its own. Each of its items has.",
  known: [],
  metadata: {},
};

/** How much of a category is grouped, for one person. */
interface Rule {
  minutes: number;
  /** How many a minute come by themselves; null: none. */
  most: number | null;
  by: string | null;
}

/**
 * How a category comes to a person, by the territory's settings and the person's wish, which can only group more: the longer window counts, and who
 * wishes for digests has all of them grouped. Null: each by itself.
 */
export function ruleOf(
  { throttle, digest }: NonNullable<NonNullable<TerritorySettings["grouping"]>["order_update"]>,
  wish: number | undefined,
): Rule | null {
  const windows = [digest?.window, wish].filter((minutes) => minutes !== undefined);
  if (windows.length === 0 && throttle === undefined) return null;
  return {
    minutes: Math.max(MINUTE, ...windows),
    most: wish === undefined ? (throttle ?? null) : null,
    by: digest?.by ?? null,
  };
}

/** How a send comes to somebody with these preferences, where it may come in a digest; null: by itself. */
export function groupingOf(
  { priority, category, replaces, isDigest }: Intake["send"],
  settings: unknown,
): (preferences: unknown) => Rule | null {
  if (priority !== "normal" || replaces !== null || isDigest) return () => null;
  const territory = StoredSettings.parse(settings ?? {}).grouping?.[category];
  return (preferences) => ruleOf(territory ?? {}, storedPreferences(preferences).digests[category]);
}

/**
 * Says of each arrival at one of a send's people how it is grouped, where it may come in a digest; the database decides. A delegate's is not
 * grouped: whoever covers somebody has a copy of the digest.
 */
export function createGrouping({ vault, secrets }: GroupingDeps) {
  function groupedBy(
    send: Intake["send"],
    userId: string,
    { minutes, most, by }: Rule,
    value: string | null,
  ) {
    const { category, territory_id, channels, channel_terms } = send;
    const kind = JSON.stringify([userId, territory_id, category, channels, channel_terms, by, value]);
    const id = uuidv7();
    const sealed = vault.seal(Buffer.from(JSON.stringify(NO_TEXT), "utf8"), sealedFor({ id, territory_id }));
    return {
      hash: secrets.mac("digest", kind).toString("base64"),
      seconds: minutes * 60,
      most,
      id,
      key_id: sealed.key_id,
      wrapped_key: sealed.wrapped_key.toString("base64"),
      sealed: sealed.sealed.toString("base64"),
    } satisfies Grouped;
  }

  return function grouped(
    { send, settings, people }: Intake,
    content: Content,
    arrivals: Arrival[],
  ): Arrival[] {
    if (content.escalation !== null) return arrivals;
    const grouping = groupingOf(send, settings);
    const rules = new Map(people.map(({ userId, preferences }) => [userId, grouping(preferences)]));
    let metadata: Original["metadata"] | undefined;
    const valueOf = (name: string): string | null =>
      (metadata ??= unsealOriginal(vault, send).metadata)[name] ?? null;
    return arrivals.map((arrival) => {
      const rule = rules.get(arrival.userId) ?? null;
      if (rule === null) return arrival;
      const value = rule.by === null ? null : valueOf(rule.by);
      return { ...arrival, digest: groupedBy(send, arrival.userId, rule, value) };
    });
  };
}
