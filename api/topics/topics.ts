import type { Knex } from "knex";
import { raw } from "objection";
import { v7 as uuidv7 } from "uuid";
import { actAs, switchActor, type Transaction } from "../../store/db/knex.ts";
import { EscalationPolicy } from "../../store/models/EscalationPolicy.ts";
import { OnCallRole } from "../../store/models/Schedule.ts";
import { Topic, TopicMember } from "../../store/models/Topic.ts";
import { User } from "../../store/models/User.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, forbidden, invalid, notFound } from "../http/errors.ts";
import { containing, toPage } from "../http/paging.ts";
import { unlessTaken } from "../http/taken.ts";
import { onRecord } from "../middleware/on-record.ts";
import {
  MOST_FOUND,
  MOST_LISTED,
  MOST_MEMBERS,
  type NewTopic,
  type TopicChange,
  type TopicsQuery,
} from "./schema.ts";

/** Somebody in a topic. */
export interface NamedMember extends Pick<TopicMember, "user_id" | "by_hand" | "by_directory"> {
  name: string;
  /** Notifications of the territory may reach them. */
  active: boolean;
}

/** A topic with its members, in the order of their ids. */
export interface KeptTopic {
  row: Topic;
  members: NamedMember[];
}

/**
 * Topics, as the people of a territory see them, and its supervisors and admins keep them. Each act goes on record, refused ones too.
 * @throws Problem 403, 404 outside one's territories, 409, 422
 */
export interface Topics {
  /** By their words. */
  list(person: SignedInPerson, query: TopicsQuery): Promise<{ items: KeptTopic[]; next: string | null }>;
  find(person: SignedInPerson, id: string): Promise<KeptTopic>;
  create(person: SignedInPerson, topic: NewTopic): Promise<KeptTopic>;
  change(person: SignedInPerson, id: string, change: TopicChange): Promise<KeptTopic>;
  remove(person: SignedInPerson, id: string): Promise<void>;
  /** Active people of the territory whose name or id has `text` in it, and who are not in the topic; by their names. */
  people(person: SignedInPerson, id: string, text: string): Promise<Pick<User, "id" | "name">[]>;
  addMember(person: SignedInPerson, id: string, userId: string): Promise<KeptTopic>;
  removeMember(person: SignedInPerson, id: string, userId: string): Promise<KeptTopic>;
}

/** Of a territory. */
const MOST_TOPICS = 200;

export function createTopics(knex: Knex): Topics {
  return {
    list: async (person, query) => {
      return await actAs(knex, `user:${person.userId}`, async (trx) => {
        const found = standing(trx);
        if (query.territory !== undefined) void found.where({ territory_id: query.territory });
        if (query.cursor !== undefined) void found.whereRaw("(topic, id::text) > (?, ?)", query.cursor);
        const rows = await found.orderByRaw("topic, id::text").limit(query.limit + 1);
        const items: KeptTopic[] = [];
        let members = 0;
        for (const row of rows.slice(0, query.limit)) {
          if (members >= MOST_LISTED) break;
          const kept = await withMembers(trx, person, row);
          members += kept.members.length;
          items.push(kept);
        }
        const { next } = toPage(rows, items.length, ({ topic, id }) => [topic, id]);
        return { items, next };
      });
    },

    find: (person, id) =>
      actAs(knex, `user:${person.userId}`, async (trx) => withMembers(trx, person, await findOne(trx, id))),

    create: (person, { members, ...topic }) =>
      onRecord(knex, person, "topic.create", async (trx) => {
        await keep(trx, topic.territory_id);
        const { territory_id } = topic;
        if ((await standing(trx).where({ territory_id }).resultSize()) >= MOST_TOPICS)
          throw conflict(`The territory has ${MOST_TOPICS} topics already; delete some first.`);
        const row = await unlessTaken("The territory has a topic of that name already.", async () =>
          Topic.query(trx).insertAndFetch({ id: uuidv7(), ...topic }),
        );
        await checkRoles(trx, person, row);
        const ids = [...new Set(members)].sort();
        const active = await activeIn(trx, person, row, ids);
        const faults = members.flatMap((id, index) =>
          active.has(id) ? [] : [{ path: `/members/${index}`, message: NOT_THERE }],
        );
        if (faults.length > 0) throw invalid(faults);
        for (const user_id of ids) await TopicMember.query(trx).insert(byHand(row, user_id));
        return {
          result: await withMembers(trx, person, row),
          event: eventOf(row, { roles: row.roles, members: ids }),
        };
      }),

    change: (person, id, { name, roles }) =>
      onRecord(knex, person, "topic.update", async (trx) => {
        await lockOne(trx, person, id);
        const row = await Topic.query(trx).patchAndFetchById(id, {
          ...(name === undefined ? {} : { name }),
          ...(roles === undefined ? {} : { roles }),
        });
        if (roles !== undefined) await checkRoles(trx, person, row);
        return { result: await withMembers(trx, person, row), event: eventOf(row, { roles: row.roles }) };
      }),

    remove: async (person, id) => {
      await onRecord(knex, person, "topic.delete", async (trx) => {
        const row = await lockOne(trx, person, id);
        await refuseNamed(trx, row);
        await Topic.query(trx).findById(id).patch({ deleted_at: new Date() });
        return { result: undefined, event: eventOf(row, {}) };
      });
    },

    people: (person, id, text) =>
      actAs(knex, `user:${person.userId}`, async (trx) => {
        const row = await findOne(trx, id);
        await keep(trx, row.territory_id);
        return await asTopic(trx, person, row, async () => {
          const found = people(trx)
            .whereRaw("is_active(users.id, topic_territory())")
            .whereNotIn("id", TopicMember.query(trx).where({ by_hand: true }).select("user_id"));
          const pattern = containing(text);
          if (text !== "") void found.whereRaw("(name ILIKE ? OR id ILIKE ?)", [pattern, pattern]);
          return await found.orderBy(["name", "id"]).limit(MOST_FOUND);
        });
      }),

    addMember: (person, id, userId) =>
      onRecord(knex, person, "topic.add", async (trx) => {
        const row = await lockOne(trx, person, id);
        if (!(await activeIn(trx, person, row, [userId])).has(userId))
          throw invalid([{ path: "/user", message: NOT_THERE }]);
        await TopicMember.query(trx)
          .insert(byHand(row, userId))
          .onConflict(["topic_id", "user_id"])
          .merge(["by_hand"]);
        if ((await TopicMember.query(trx).where({ topic_id: id }).resultSize()) > MOST_MEMBERS)
          throw conflict(`A topic has ${MOST_MEMBERS} members at most.`);
        return { result: await withMembers(trx, person, row), event: eventOf(row, { user_id: userId }) };
      }),

    removeMember: (person, id, userId) =>
      onRecord(knex, person, "topic.take_out", async (trx) => {
        const row = await lockOne(trx, person, id);
        const found = await TopicMember.query(trx).findById([id, userId]);
        if (found === undefined) throw notFound();
        if (found.by_directory)
          throw conflict("A directory outside keeps them in this topic: take them out there.");
        await TopicMember.query(trx).deleteById([id, userId]);
        return { result: await withMembers(trx, person, row), event: eventOf(row, { user_id: userId }) };
      }),
  };
}

const NOT_THERE = "is not a person of that territory, or is disabled";

const standing = (trx: Transaction) => Topic.query(trx).whereNull("deleted_at");

const byHand = ({ id, territory_id }: Topic, user_id: string) => ({
  topic_id: id,
  territory_id,
  user_id,
  by_hand: true,
});

const eventOf = ({ id, territory_id, topic }: Topic, more: Record<string, string | string[]>) => ({
  territoryId: territory_id,
  objectId: id,
  payload: { topic, ...more },
});

async function findOne(trx: Transaction, id: string): Promise<Topic> {
  const found = await standing(trx).findById(id);
  if (found === undefined) throw notFound();
  return found;
}

/** A topic that its person may change; no other change of it goes on meanwhile. */
async function lockOne(trx: Transaction, person: SignedInPerson, id: string): Promise<Topic> {
  await keep(trx, (await findOne(trx, id)).territory_id);
  const row = await standing(trx).findById(id).forUpdate();
  if (row === undefined) throw notFound();
  return row;
}

/**
 * An admin who is of the territory would choose, by its topics, what comes to themself, and read the originals.
 * @throws Problem 403 for anybody but the territory's supervisors, and admins who have no role in it
 */
async function keep(trx: Transaction, territoryId: string): Promise<void> {
  const { rows } = await trx.raw(
    `SELECT has_role('admin') AS admin, :territoryId = ANY (supervised_territories()::text[]) AS supervisor,
       :territoryId = ANY (my_territories()::text[]) AS member`,
    { territoryId },
  );
  const { admin, supervisor, member } = rows[0];
  if (supervisor === true || (admin === true && member !== true)) return;
  throw forbidden(
    admin === true
      ? "You would choose what comes to you: of a territory in which an admin has a role, supervisors and other admins change the topics."
      : "Only supervisors of the territory, and admins, can change its topics.",
  );
}

/** Works under the topic, which sees the names of its people and of its territory's. */
async function asTopic<T>(
  trx: Transaction,
  { userId }: SignedInPerson,
  { id }: Topic,
  work: () => Promise<T>,
): Promise<T> {
  await switchActor(trx, `topic:${id}`);
  const result = await work();
  await switchActor(trx, `user:${userId}`);
  return result;
}

/** Somebody of a topic's territory, or of the topic itself. */
type Named = Pick<User, "id" | "name"> & { active: boolean };

/** Some people whom the topic, which acts, may see; `active`: notifications of its territory may reach them. */
const people = (trx: Transaction) =>
  User.query(trx)
    .select("id", "name", raw("is_active(users.id, topic_territory())").as("active"))
    .castTo<Named[]>();

async function activeIn(
  trx: Transaction,
  person: SignedInPerson,
  row: Topic,
  ids: string[],
): Promise<Set<string>> {
  const found = await asTopic(trx, person, row, async () => people(trx).whereIn("id", ids));
  return new Set(found.filter(({ active }) => active).map(({ id }) => id));
}

async function withMembers(trx: Transaction, person: SignedInPerson, row: Topic): Promise<KeptTopic> {
  const members = await TopicMember.query(trx).where({ topic_id: row.id }).orderBy("user_id");
  const ids = members.map(({ user_id }) => user_id);
  const found = await asTopic(trx, person, row, async () => people(trx).whereIn("id", ids));
  const named = new Map(found.map((one) => [one.id, one]));
  return {
    row,
    members: members.map(({ user_id, by_hand, by_directory }) => ({
      user_id,
      by_hand,
      by_directory,
      name: named.get(user_id)?.name ?? user_id,
      active: named.get(user_id)?.active ?? false,
    })),
  };
}

/** @throws Problem 422 for what is no on-call role of the topic's territory */
async function checkRoles(trx: Transaction, person: SignedInPerson, row: Topic): Promise<void> {
  const { territory_id, roles } = row;
  const found = await asTopic(trx, person, row, async () =>
    OnCallRole.query(trx).where({ territory_id }).whereIn("role", roles).whereNull("deleted_at"),
  );
  const known = new Set(found.map(({ role }) => role));
  const faults = roles.flatMap((role, index) =>
    known.has(role) ? [] : [{ path: `/roles/${index}`, message: "is not an on-call role of that territory" }],
  );
  if (faults.length > 0) throw invalid(faults);
}

/** @throws Problem 409 where steps of escalation policies tell it */
async function refuseNamed(trx: Transaction, { territory_id, topic }: Topic): Promise<void> {
  const policies = await EscalationPolicy.query(trx).where({ territory_id }).whereNull("deleted_at");
  const naming = policies.filter(({ rules }) =>
    rules.steps.some(({ to }) => "topic" in to && to.topic === topic),
  );
  if (naming.length > 0)
    throw conflict(`Steps of these policies tell it: ${naming.map(({ name }) => name).join(", ")}.`);
}
