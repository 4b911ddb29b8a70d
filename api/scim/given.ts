import type { Transaction } from "../../store/db/knex.ts";
import { type ScimGroup, ScimGroupMember, ScimMembership } from "../../store/models/Scim.ts";
import { Topic, TopicMember } from "../../store/models/Topic.ts";
import { Membership } from "../../store/models/User.ts";
import { MOST_MEMBERS } from "../topics/schema.ts";
import { ScimError } from "./error.ts";

/** Roles that were given and taken, for the record, as `user: role in territory`. */
export interface Given {
  gave: string[];
  took: string[];
}

const wordOf = ({ user_id, territory_id, role }: ScimMembership): string =>
  `${user_id}: ${role} in ${territory_id}`;

/**
 * Brings what some people have by their groups up to date: the roles in territories to which these are mapped. A role that somebody has
 * otherwise stays theirs, and is not taken with the group.
 */
export async function giveByGroups(trx: Transaction, people: string[]): Promise<Given> {
  const given: Given = { gave: [], took: [] };
  for (let from = 0; from < people.length; from += AT_ONCE) {
    const { gave, took } = await giveToSome(trx, people.slice(from, from + AT_ONCE));
    given.gave.push(...gave);
    given.took.push(...took);
  }
  return given;
}

/** People whose roles are brought up to date by one set of statements. */
const AT_ONCE = 1_000;

async function giveToSome(trx: Transaction, people: string[]): Promise<Given> {
  const wanted = await ScimGroupMember.query(trx)
    .distinct("user_id", "scim_groups.territory_id", "scim_groups.role")
    .join("scim_groups", "scim_groups.id", "group_id")
    .whereIn("user_id", people)
    .whereNotNull("scim_groups.role")
    .orderBy(["user_id", "territory_id", "role"])
    .castTo<ScimMembership[]>();
  const had = await ScimMembership.query(trx)
    .whereIn("user_id", people)
    .orderBy(["user_id", "territory_id", "role"]);
  const keep = new Set(wanted.map(wordOf));
  const before = new Set(had.map(wordOf));
  const taken = had.filter((one) => !keep.has(wordOf(one)));
  if (taken.length > 0) {
    // These rows first would leave nothing by which the roles may be taken.
    await Membership.query(trx).delete().whereIn(ROLE, taken.map(tupleOf));
    await ScimMembership.query(trx).delete().whereIn(ROLE, taken.map(tupleOf));
  }
  const missing = wanted.filter((one) => !before.has(wordOf(one)));
  if (missing.length === 0) return { gave: [], took: taken.map(wordOf) };
  const held = await Membership.query(trx)
    .whereIn(ROLE, missing.map(tupleOf))
    .select(ROLE)
    .castTo<ScimMembership[]>();
  const otherwise = new Set(held.map(wordOf));
  const given = missing.filter((one) => !otherwise.has(wordOf(one)));
  const rows = given.map(({ user_id, territory_id, role }) => ({ user_id, territory_id, role }));
  if (rows.length > 0) {
    await Membership.query(trx).insert(rows);
    await ScimMembership.query(trx).insert(rows);
  }
  return { gave: given.map(wordOf), took: taken.map(wordOf) };
}

const ROLE = ["user_id", "territory_id", "role"];
const tupleOf = ({ user_id, territory_id, role }: ScimMembership): string[] => [user_id, territory_id, role];

/**
 * Brings the topic to which a group is mapped up to date with the group's members.
 * @throws ScimError 400 where it would have too many
 */
export async function fillTopic(trx: Transaction, group: ScimGroup): Promise<void> {
  if (group.topic_id === null) return;
  const topic = await Topic.query(trx).findById(group.topic_id);
  if (topic === undefined || topic.deleted_at !== null) return;
  const members = await ScimGroupMember.query(trx).where({ group_id: group.id }).select("user_id");
  const tooMany = new ScimError(
    400,
    `The topic of this group has ${MOST_MEMBERS} members at most.`,
    "tooMany",
  );
  if (members.length > MOST_MEMBERS) throw tooMany;
  const ids = members.map(({ user_id }) => user_id);
  await emptyTopic(trx, topic.id, ids);
  if (ids.length === 0) return;
  const kept = { topic_id: topic.id, territory_id: topic.territory_id, by_hand: false, by_directory: true };
  await TopicMember.query(trx)
    .insert(ids.map((user_id) => ({ ...kept, user_id })))
    .onConflict(["topic_id", "user_id"])
    .merge(["by_directory"]);
  if ((await TopicMember.query(trx).where({ topic_id: topic.id }).resultSize()) > MOST_MEMBERS) throw tooMany;
}

/** Takes those out of a topic whom the directory kept there, but for some. */
export async function emptyTopic(trx: Transaction, topicId: string, but: string[] = []): Promise<void> {
  const gone = TopicMember.query(trx)
    .where({ topic_id: topicId, by_directory: true })
    .whereNotIn("user_id", but);
  await gone.clone().where({ by_hand: false }).delete();
  await gone.clone().patch({ by_directory: false });
}
