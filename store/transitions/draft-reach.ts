import { type Actor, switchActor, type Transaction } from "../db/knex.ts";
import { call } from "../db/transitions.ts";
import type { EscalationStep } from "../notifications/escalation.ts";
import { absencesIn } from "../people/availability.ts";
import { onCallOfEach } from "../people/on-call.ts";
import type { Wishes } from "./arrive.ts";
import { withOnCall } from "./steps-to-come.ts";

/** Whom a step that is only being written would mean now. */
export interface DraftReach {
  /** Those there, with what a critical alert asks of them; null for a recipient, who differs from alert to alert. */
  targets: Wishes[] | null;
  /** The ids of people whom it names and who have left or are disabled. */
  absent: string[];
}

interface Answer {
  steps: { people: string[] | null; absent: string[] | null }[];
}

/**
 * Whom each of some steps would mean if an alert of the territory took it now, in their order, as `stepTargets` will find it, and what those
 * people are called. What is critical passes over wishes, so none are looked up.
 * @param actor who asks and may, and acts again afterwards
 */
export async function draftReach(
  trx: Transaction,
  actor: Actor,
  territoryId: string,
  steps: Pick<EscalationStep, "to">[],
): Promise<{ steps: DraftReach[]; names: Map<string, string> }> {
  const territory: Actor = `territory:${territoryId}`;
  const found = await withOnCall<Answer>(
    async (onCall) => {
      await switchActor(trx, territory);
      return await call(trx, "draft_reach", territoryId, JSON.stringify(steps), JSON.stringify(onCall));
    },
    async ({ asks }) => {
      await switchActor(trx, actor);
      return await onCallOfEach(trx, actor, territoryId, asks, null);
    },
  );
  const meant = [...new Set(found.steps.flatMap(({ people }) => people ?? []))];
  const absences = await absencesIn(trx, territory, territoryId, meant, new Date());
  const covers = [...absences.values()].flatMap(({ cover }) => (cover === null ? [] : [cover.id]));
  const all = [...meant, ...covers, ...found.steps.flatMap(({ absent }) => absent ?? [])];
  const known: { id: string; name: string; channels: string[] }[] = await trx("users")
    .whereIn("id", all)
    .select(
      "id",
      "name",
      trx.raw(
        "ARRAY(SELECT channel FROM contact_points WHERE contact_points.user_id = users.id AND verified_at IS NOT NULL) AS channels",
      ),
    );
  await switchActor(trx, actor);
  const channels = new Map(known.map((one) => [one.id, one.channels]));
  const now = new Date().toISOString();
  const wishesOf = (userId: string) => ({
    userId,
    preferences: null,
    channels: channels.get(userId) ?? [],
    now,
  });
  const targetOf = (userId: string): Wishes => {
    const cover = absences.get(userId)?.cover ?? null;
    return {
      ...wishesOf(userId),
      cover: cover === null ? null : { ...wishesOf(cover.id), roles: [], instead: false },
    };
  };
  return {
    steps: found.steps.map(({ people, absent }) => ({
      targets: people?.map(targetOf) ?? null,
      absent: absent ?? [],
    })),
    names: new Map(known.map(({ id, name }) => [id, name])),
  };
}
