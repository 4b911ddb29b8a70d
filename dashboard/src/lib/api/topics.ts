import type { Answer, Body } from "../contract.ts";
import { everything, pageOf } from "./pages.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

export type Topic = Answer<"readTopic">;
export type TopicMember = Topic["members"][number];
export type NewTopic = Body<"createTopic">;
export type TopicChange = Body<"changeTopic">;
export type Found = Answer<"findTopicPeople">["people"][number];
export type OnCallRole = Answer<"listOnCallRoles">["roles"][number];

/** Every topic of a territory, by their words. */
export const allTopics = (territory: string, fetch?: Fetch): Promise<Topic[]> =>
  everything(async (query) => {
    query.set("territory", territory);
    return pageOf(await request<Answer<"listTopics">>("/topics", { query, fetch }), "topics");
  });

/** Every on-call role of a territory, by their names. */
export const allRoles = (territory: string, fetch?: Fetch): Promise<OnCallRole[]> =>
  everything(async (query) => {
    query.set("territory", territory);
    return pageOf(await request<Answer<"listOnCallRoles">>("/roles", { query, fetch }), "roles");
  });

const pathOf = (id: string): string => `/topics/${encodeURIComponent(id)}`;
const memberOf = (id: string, user: string): string => `${pathOf(id)}/members/${encodeURIComponent(user)}`;

export const createTopic = (topic: NewTopic): Promise<Topic> =>
  request("/topics", { method: "POST", body: topic });
export const changeTopic = (id: string, change: TopicChange): Promise<Topic> =>
  request(pathOf(id), { method: "PATCH", body: change });
export async function deleteTopic(id: string): Promise<void> {
  await send(pathOf(id), { method: "DELETE" });
}

/** People of the territory who are not in the topic, by a part of their name. */
export const findPeople = async (id: string, text: string): Promise<Found[]> =>
  (
    await request<Answer<"findTopicPeople">>(`${pathOf(id)}/people`, {
      query: new URLSearchParams({ q: text }),
    })
  ).people;
/** Adds somebody. The act goes on record. */
export const addMember = (id: string, user: string): Promise<Topic> =>
  request(memberOf(id, user), { method: "PUT", body: {} });
/** Takes somebody out. The act goes on record. */
export const removeMember = (id: string, user: string): Promise<Topic> =>
  request(memberOf(id, user), { method: "DELETE" });
