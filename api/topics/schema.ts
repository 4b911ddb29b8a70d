import { z } from "zod";
import { RoleName } from "../../store/notifications/escalation.ts";
import { ByText } from "../http/cursor.ts";
import { Id, Name, Next, pageBy, Time } from "../http/schema.ts";
import { OnCallRoleName } from "../on-call/schema.ts";

/** Members of a topic: one send reaches all of them at once. */
export const MOST_MEMBERS = 200;
/** Members on a page of topics, behind which no further topic is on it: looking up who may be reached is dear. */
export const MOST_LISTED = 1_000;
/** On-call roles of a topic: a send asks who has each. */
const MOST_ROLES = 20;

/** The name by which sends ask for a topic. */
export const TopicName = RoleName;

const Roles = z
  .array(OnCallRoleName)
  .max(MOST_ROLES)
  .transform((roles) => [...new Set(roles)])
  .describe("On-call roles of the territory: whoever has them when something is sent");

export const NewTopic = z
  .strictObject({
    territory_id: Id,
    topic: TopicName,
    name: Name,
    members: z.array(Id).max(MOST_MEMBERS).default([]).describe("By their ids"),
    roles: Roles.default([]),
  })
  .meta({
    id: "NewTopic",
    examples: [
      {
        territory_id: "west-hospital",
        topic: "rapid-response",
        name: "Rapid response",
        members: ["a.example", "b.example"],
        roles: ["nephrology-on-call"],
      },
    ],
  });
export type NewTopic = z.output<typeof NewTopic>;

export const TopicChange = z
  .strictObject({ name: Name.optional(), roles: Roles.optional() })
  .meta({ id: "TopicChange", examples: [{ name: "Rapid response, days" }] });
export type TopicChange = z.output<typeof TopicChange>;

const MEMBER = { user_id: "a.example", name: "A. Example", active: true, from: ["house" as const] };

export const TopicMember = z.object({
  user_id: z.string(),
  name: z.string(),
  active: z.boolean().describe("Has a role in the territory and is not disabled; nobody else is sent to"),
  from: z
    .array(z.enum(["house", "directory"]))
    .describe("Who keeps them there: people of the house, or a directory outside (SCIM)"),
});

export const Topic = z
  .object({
    topic_id: z.uuid(),
    territory_id: z.string(),
    topic: z.string(),
    name: z.string(),
    roles: z.array(z.string()),
    members: z.array(TopicMember).describe("In the order of their ids"),
    created_at: Time,
  })
  .meta({
    id: "Topic",
    examples: [
      {
        topic_id: "0195a1f0-0000-7000-8000-00000000000e",
        territory_id: "west-hospital",
        topic: "rapid-response",
        name: "Rapid response",
        roles: ["nephrology-on-call"],
        members: [MEMBER],
        created_at: "2026-01-05T08:00:00.000Z",
      },
    ],
  });
export type Topic = z.output<typeof Topic>;

export const TopicsQuery = pageBy(ByText).extend({ territory: z.string().max(200).optional() });
export type TopicsQuery = z.output<typeof TopicsQuery>;
export const TopicList = z.object({
  topics: z
    .array(Topic)
    .describe(
      `Fewer than \`limit\` where these have ${MOST_LISTED} members or more together; \`next\` goes on`,
    ),
  next: Next,
});

export const ByMember = z.object({ id: z.uuid(), user: z.string().max(200) });

/** People who may be looked for at a time. */
export const MOST_FOUND = 20;
export const PeopleQuery = z.strictObject({
  q: z.string().max(200).default("").describe("Part of the name or id"),
});
export const PeopleFound = z
  .object({
    people: z
      .array(z.object({ user_id: z.string(), name: z.string() }))
      .describe(`By their names, ${MOST_FOUND} at most`),
  })
  .meta({ id: "PeopleFound", examples: [{ people: [{ user_id: "b.example", name: "B. Example" }] }] });
