import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { actAs, isPostgresError, type Transaction } from "../../store/db/knex.ts";
import { ScimGroup, ScimGroupMember } from "../../store/models/Scim.ts";
import { User } from "../../store/models/User.ts";
import type { Directory } from "../../store/people/scim-tokens.ts";
import { isUuid } from "../../config/ids.ts";
import type { GroupAttributes } from "./attributes.ts";
import { badValue, noResource, ScimError } from "./error.ts";
import { readFilter } from "./filter.ts";
import { emptyTopic, fillTopic, type Given, giveByGroups } from "./given.ts";
import { actorOf, type AsDirectory } from "./on-record.ts";
import { asManyAsFit, type Asked, MOST_JOINED } from "./query.ts";

/** A group with its members, by their names. */
export interface KeptGroup {
  group: ScimGroup;
  /** Null where they were not asked for. */
  members: { id: string; name: string }[] | null;
}

/** Changes attributes as they are into those wanted. @throws ScimError */
export type Edit = (attributes: GroupAttributes) => void;

/**
 * A directory's groups. Who comes into one that an admin has mapped gets what it gives; who leaves it loses that. Each change goes on
 * record. Members whom a directory does not see, as admins, are left out.
 * @throws ScimError
 */
export interface ScimGroups {
  /** Fewer than were asked for where these have many members. */
  list(directory: Directory, asked: Asked): Promise<{ items: KeptGroup[]; total: number }>;
  find(directory: Directory, id: string, asked: Pick<Asked, "without">): Promise<KeptGroup>;
  create(directory: Directory, edit: Edit): Promise<KeptGroup>;
  change(directory: Directory, id: string, edit: Edit): Promise<KeptGroup>;
  remove(directory: Directory, id: string): Promise<void>;
}

export function createScimGroups(knex: Knex, asDirectory: AsDirectory): ScimGroups {
  return {
    list: (directory, { filter, from, count, without }) =>
      actAs(knex, actorOf(directory), async (trx) => {
        const found = ScimGroup.query(trx);
        if (filter !== null)
          for (const [name, value] of readFilter(filter, Object.keys(COLUMNS)))
            void found.whereRaw("??::text = ?", [COLUMNS[name] ?? "id", value]);
        const total = await found.clone().resultSize();
        const groups =
          count === 0
            ? []
            : await found
                .orderBy("id")
                .offset(from - 1)
                .limit(count);
        return { items: await pageOf(trx, groups, without), total };
      }),

    find: (directory, id, { without }) =>
      actAs(knex, actorOf(directory), async (trx) => withItsMembers(trx, await findOne(trx, id), without)),

    create: (directory, edit) =>
      asDirectory(directory, "group.create", async (trx) => {
        const wanted: GroupAttributes = { displayName: null, externalId: null, members: new Set() };
        edit(wanted);
        const { displayName: name, externalId: external_id } = wanted;
        if (name === null) throw badValue("displayName is missing.");
        if ((await ScimGroup.query(trx).resultSize()) >= MOST_GROUPS)
          throw new ScimError(400, `There may be ${MOST_GROUPS} groups at most.`, "tooMany");
        const group = await unlessTaken(() =>
          ScimGroup.query(trx).insertAndFetch({ id: uuidv7(), name, external_id }),
        );
        const done = await setMembers(trx, group, wanted.members);
        return {
          result: await withItsMembers(trx, group),
          event: { objectId: group.id, payload: { name, ...done } },
        };
      }),

    change: (directory, id, edit) =>
      asDirectory(directory, "group.update", async (trx) => {
        const before = await findOne(trx, id);
        const members = new Set(await memberIds(trx, id));
        const wanted: GroupAttributes = {
          displayName: before.name,
          externalId: before.external_id,
          members,
        };
        edit(wanted);
        const { displayName: name, externalId: external_id } = wanted;
        if (name === null) throw badValue("displayName can't be taken away.");
        const group = await unlessTaken(() =>
          ScimGroup.query(trx).patchAndFetchById(id, { name, external_id, updated_at: new Date() }),
        );
        const done = await setMembers(trx, group, wanted.members);
        return {
          result: await withItsMembers(trx, group),
          event: { objectId: id, territoryId: group.territory_id, payload: { name, ...done } },
        };
      }),

    remove: async (directory, id) => {
      await asDirectory(directory, "group.delete", async (trx) => {
        const { name, territory_id, topic_id } = await findOne(trx, id);
        const people = await memberIds(trx, id);
        if (topic_id !== null) await emptyTopic(trx, topic_id);
        await ScimGroupMember.query(trx).delete().where({ group_id: id });
        const { took } = await giveByGroups(trx, people);
        await ScimGroup.query(trx).deleteById(id);
        return {
          result: undefined,
          event: { objectId: id, territoryId: territory_id, payload: { name, removed: people, took } },
        };
      });
    },
  };
}

/** So many may there be: fewer than one page holds, so that everybody's can be told. */
const MOST_GROUPS = 5_000;
/** Members that come into a group in one call. */
const MOST_ADDED = 1_000;

const COLUMNS: Record<string, string> = { displayname: "name", externalid: "external_id", id: "id" };

async function findOne(trx: Transaction, id: string): Promise<ScimGroup> {
  const found = isUuid(id) ? await ScimGroup.query(trx).findById(id) : undefined;
  if (found === undefined) throw noResource();
  return found;
}

async function memberIds(trx: Transaction, id: string): Promise<string[]> {
  const members = await ScimGroupMember.query(trx).where({ group_id: id }).orderBy("user_id");
  return members.map(({ user_id }) => user_id);
}

/** The first of these groups with their members, in that order: as many as one page holds. */
async function pageOf(
  trx: Transaction,
  groups: ScimGroup[],
  without: ReadonlySet<string>,
): Promise<KeptGroup[]> {
  if (without.has("members")) return groups.map((group) => ({ group, members: null }));
  const ids = groups.map(({ id }) => id);
  const rows = await membersOf(trx, ids).limit(MOST_JOINED + 1);
  const fitting = asManyAsFit(
    groups,
    rows.map(({ group_id }) => group_id),
  );
  const [first] = fitting;
  // Its members alone may be more than a page holds: who became an admin since was not counted when the last ones came.
  if (rows.length > MOST_JOINED && fitting.length === 1 && first !== undefined)
    return [await withItsMembers(trx, first)];
  const byGroup = Map.groupBy(rows, ({ group_id }) => group_id);
  return fitting.map((group) => ({ group, members: (byGroup.get(group.id) ?? []).map(nameOf) }));
}

/** A group with all of its members, however many. */
async function withItsMembers(
  trx: Transaction,
  group: ScimGroup,
  without: ReadonlySet<string> = new Set(),
): Promise<KeptGroup> {
  if (without.has("members")) return { group, members: null };
  return { group, members: (await membersOf(trx, [group.id])).map(nameOf) };
}

interface MemberRow {
  group_id: string;
  id: string;
  name: string;
}
const nameOf = ({ id, name }: MemberRow): { id: string; name: string } => ({ id, name });

const membersOf = (trx: Transaction, groups: string[]): Knex.QueryBuilder<object, MemberRow[]> =>
  trx("scim_group_members")
    .join("users", "users.id", "user_id")
    .whereIn("group_id", groups)
    .orderBy(["group_id", "users.id"])
    .select("group_id", "users.id", "users.name");

/** Brings a group's members to those wanted, and what they have by it. */
async function setMembers(
  trx: Transaction,
  group: ScimGroup,
  wanted: Set<string>,
): Promise<Given & { added: string[]; removed: string[]; passed_over: number }> {
  const before = await memberIds(trx, group.id);
  const had = new Set(before);
  const asked = [...wanted].filter((id) => !had.has(id));
  if (asked.length > MOST_ADDED)
    throw new ScimError(400, `A call adds ${MOST_ADDED} members at most.`, "tooMany");
  const known = await User.query(trx).whereIn("id", asked).orderBy("id").select("id");
  const added = known.map(({ id }) => id);
  const removed = before.filter((id) => !wanted.has(id));
  if (before.length + added.length - removed.length > MOST_JOINED)
    throw new ScimError(400, `A group has ${MOST_JOINED} members at most.`, "tooMany");
  if (added.length > 0)
    await ScimGroupMember.query(trx).insert(added.map((user_id) => ({ group_id: group.id, user_id })));
  if (removed.length > 0)
    await ScimGroupMember.query(trx).delete().where({ group_id: group.id }).whereIn("user_id", removed);
  await fillTopic(trx, group);
  const given = await giveByGroups(trx, [...added, ...removed]);
  return { added, removed, passed_over: asked.length - added.length, ...given };
}

/** @throws ScimError 409 where another group has the name */
async function unlessTaken<T>(work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isPostgresError(error, "23505"))
      throw new ScimError(409, "Another group has this displayName.", "uniqueness");
    throw error;
  }
}
