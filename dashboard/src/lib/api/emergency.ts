import type { Answer, Body } from "../contract.ts";
import { pageOf } from "./pages.ts";
import type { Page } from "./pages.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

/** Something that was opened in an emergency. */
export type EmergencyAccess = Answer<"listEmergencyAccesses">["emergency_accesses"][number];
export type Opened = Answer<"readEmergencyAccess">["notifications"];
export type Verdict = NonNullable<EmergencyAccess["verdict"]>;

const PATH = "/emergency-accesses";

export const listAccesses = async (query: URLSearchParams, fetch?: Fetch): Promise<Page<EmergencyAccess>> =>
  pageOf(await request<Answer<"listEmergencyAccesses">>(PATH, { query, fetch }), "emergency_accesses");
export const openAccess = (opening: Body<"openEmergencyAccess">): Promise<EmergencyAccess> =>
  request(PATH, { method: "POST", body: opening });
export const readAccess = async (id: string): Promise<Opened> =>
  (await request<Answer<"readEmergencyAccess">>(`${PATH}/${id}/notifications`)).notifications;
export const revealInEmergency = (
  id: string,
  notification_id: string,
): Promise<Answer<"revealInEmergency">> =>
  request(`${PATH}/${id}/reveal`, { method: "POST", body: { notification_id } });
export const reviewAccess = async (id: string, review: Body<"reviewEmergencyAccess">): Promise<void> => {
  await send(`${PATH}/${id}/review`, { method: "POST", body: review });
};
