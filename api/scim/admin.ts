import type { Knex } from "knex";
import { actAs, isPostgresError, type Transaction } from "../../store/db/knex.ts";
import { ScimGroup, ScimGroupMember, ScimToken } from "../../store/models/Scim.ts";
import { Topic } from "../../store/models/Topic.ts";
import { Membership } from "../../store/models/User.ts";
import type { KeySecrets } from "../../store/people/key-secrets.ts";
import { missingTerritories } from "../../store/people/people.ts";
import { isLiveToken, makeScimToken } from "../../store/people/scim-tokens.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, invalid, notFound } from "../http/errors.ts";
import { toPage } from "../http/paging.ts";
import { asAdmin } from "../middleware/admin.ts";
import { ScimError } from "./error.ts";
import { emptyTopic, fillTopic, giveByGroups } from "./given.ts";
import type { NewScimToken, ScimGroupChange } from "./schema.ts";

/** Tokens that are good at a time: one for each directory, and one more while one is changed. */
const MOST_TOKENS = 10;

/** A group and how many people it has. */
export interface CountedGroup {
  group: ScimGroup;
  members: number;
}

/** Admins' acts on directories outside. Each goes on record. */
export interface ScimAdmin {
  tokens(admin: SignedInPerson): Promise<ScimToken[]>;
  make(admin: SignedInPerson, token: NewScimToken): Promise<{ row: ScimToken; secret: string }>;
  revoke(admin: SignedInPerson, id: string): Promise<void>;
  groups(
    admin: SignedInPerson,
    query: { limit: number; cursor?: [string, string] | undefined },
  ): Promise<{ items: CountedGroup[]; next: string | null }>;
  /** @throws Problem 404; 409 where the topic is another group's, or has too many members; 422 */
  map(admin: SignedInPerson, id: string, mapping: ScimGroupChange["mapping"]): Promise<CountedGroup>;
}

export function createScimAdmin(knex: Knex, secrets: Pick<KeySecrets, "make">): ScimAdmin {
  return {
    tokens: ({ userId }) =>
      actAs(knex, `user:${userId}`, async (trx) => ScimToken.query(trx).orderBy("id", "desc").limit(100)),

    make: (admin, { name, expires_at }) =>
      asAdmin(knex, admin, "scim_token.create", async (trx) => {
        const all = await ScimToken.query(trx).whereNull("revoked_at");
        if (all.filter(isLiveToken).length >= MOST_TOKENS)
          throw conflict(`There are ${MOST_TOKENS} tokens that are good already: revoke one first.`);
        const token = { name, madeBy: admin.userId, expiresAt: expires_at ?? null };
        const result = await makeScimToken(trx, token, secrets);
        return { result, event: { objectId: result.row.id, payload: { name } } };
      }),

    revoke: async (admin, id) => {
      await asAdmin(knex, admin, "scim_token.revoke", async (trx) => {
        const found = await ScimToken.query(trx).findById(id);
        if (found === undefined) throw notFound();
        await ScimToken.query(trx)
          .findById(id)
          .patch({ revoked_at: found.revoked_at ?? new Date() });
        return { result: undefined, event: { objectId: id, payload: { name: found.name } } };
      });
    },

    groups: async ({ userId }, { limit, cursor }) => {
      const rows = await actAs(knex, `user:${userId}`, async (trx) => {
        const found = ScimGroup.query(trx);
        if (cursor !== undefined) void found.whereRaw("(name, id::text) > (?, ?)", cursor);
        const counted: CountedGroup[] = [];
        for (const group of await found.orderByRaw("name, id::text").limit(limit + 1))
          counted.push(await withCount(trx, group));
        return counted;
      });
      return toPage(rows, limit, ({ group: { name, id } }) => [name, id]);
    },

    map: (admin, id, mapping) =>
      asAdmin(knex, admin, "scim_group.map", async (trx) => {
        const before = await ScimGroup.query(trx).findById(id);
        if (before === undefined) throw notFound();
        if (mapping !== null) await check(trx, mapping);
        if (before.topic_id !== null && before.topic_id !== mapping?.topic_id)
          await emptyTopic(trx, before.topic_id);
        const group = await unlessTaken(() =>
          ScimGroup.query(trx).patchAndFetchById(id, {
            territory_id: mapping?.territory_id ?? null,
            role: mapping?.role ?? null,
            topic_id: mapping?.topic_id ?? null,
            mapped_by: mapping === null ? null : admin.userId,
          }),
        );
        await unlessTaken(() => fillTopic(trx, group));
        const given = await giveByGroups(trx, await ordinaryMembers(trx, id));
        const { territory_id, role, topic_id } = group;
        const payload = { name: group.name, territory_id, role, topic_id, ...given };
        return {
          result: await withCount(trx, group),
          event: { objectId: id, territoryId: territory_id, payload },
        };
      }),
  };
}

/** A group's people but for those who have a role in the installation since: what they have, no directory gives. */
async function ordinaryMembers(trx: Transaction, group_id: string): Promise<string[]> {
  const members = await ScimGroupMember.query(trx)
    .where({ group_id })
    .whereNotIn("user_id", Membership.query(trx).whereNull("territory_id").select("user_id"));
  return members.map(({ user_id }) => user_id);
}

async function withCount(trx: Transaction, group: ScimGroup): Promise<CountedGroup> {
  return { group, members: await ScimGroupMember.query(trx).where({ group_id: group.id }).resultSize() };
}

/** @throws Problem 422 for what is no territory, or no topic of it */
async function check(
  trx: Transaction,
  { territory_id, topic_id }: NonNullable<ScimGroupChange["mapping"]>,
): Promise<void> {
  if ((await missingTerritories(trx, [territory_id])).size > 0)
    throw invalid([{ path: "/mapping/territory_id", message: "is not a territory, or is archived" }]);
  if (topic_id === null) return;
  const topic = await Topic.query(trx).findById(topic_id);
  if (topic === undefined || topic.deleted_at !== null || topic.territory_id !== territory_id)
    throw invalid([{ path: "/mapping/topic_id", message: "is not a topic of that territory" }]);
}

/** @throws Problem 409 where the topic is another group's, or would have too many members */
async function unlessTaken<T>(work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isPostgresError(error, "23505")) throw conflict("Another group fills that topic.");
    throw error instanceof ScimError ? conflict(error.message) : error;
  }
}
