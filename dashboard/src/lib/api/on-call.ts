import type { Answer, Body } from "../contract.ts";
import { everything, pageOf } from "./pages.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

/** Who has an on-call role now. */
export type OnCall = Answer<"readOnCall">["on_call"][number];
export type Schedule = Answer<"readSchedule">;
export type NewSchedule = Body<"createSchedule">;
export type Role = Answer<"readOnCallRole">;
export type NewRole = Body<"createOnCallRole">;
export type Shifts = Answer<"listShifts">;
export type Shift = Shifts["shifts"][number];
export type Override = Answer<"listOverrides">["overrides"][number];
export type NewOverride = Body<"createOverride">;
export type Swap = Answer<"listSwaps">["swaps"][number];
export type NewSwap = Body<"createSwap">;
/** The calendar that a schedule goes by, as supervisors see it. */
export type Calendar = Answer<"readCalendar">;
/** What a calendar that was read in has. */
export type CalendarReading = Answer<"importCalendar">;

/** Who is on call now, for each role of a territory. */
export const getOnCall = async (territory: string, fetch?: Fetch): Promise<OnCall[]> =>
  (await request<Answer<"readOnCall">>("/on-call", { query: new URLSearchParams({ territory }), fetch }))
    .on_call;

/** Every schedule of a territory, newest first. */
export const allSchedules = (territory: string, fetch?: Fetch): Promise<Schedule[]> =>
  everything(async (query) => {
    query.set("territory", territory);
    return pageOf(await request<Answer<"listSchedules">>("/schedules", { query, fetch }), "schedules");
  });

const pathOf = (id: string): string => `/schedules/${encodeURIComponent(id)}`;

export const createSchedule = (schedule: NewSchedule): Promise<Schedule> =>
  request("/schedules", { method: "POST", body: schedule });

export const changeSchedule = (id: string, change: Body<"changeSchedule">): Promise<Schedule> =>
  request(pathOf(id), { method: "PATCH", body: change });

/** Deletes a schedule that no role goes by. */
export async function deleteSchedule(id: string): Promise<void> {
  await send(pathOf(id), { method: "DELETE" });
}

/** Every on-call role of a territory, by its id. */
export const allRoles = (territory: string, fetch?: Fetch): Promise<Role[]> =>
  everything(async (query) => {
    query.set("territory", territory);
    return pageOf(await request<Answer<"listOnCallRoles">>("/roles", { query, fetch }), "roles");
  });

export const createRole = (role: NewRole): Promise<Role> => request("/roles", { method: "POST", body: role });

export const changeRole = (id: string, change: Body<"changeOnCallRole">): Promise<Role> =>
  request(`/roles/${encodeURIComponent(id)}`, { method: "PATCH", body: change });

export async function deleteRole(id: string): Promise<void> {
  await send(`/roles/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** The shifts and gaps of a schedule from one moment to another. */
export const getShifts = (id: string, from: Date, to: Date, fetch?: Fetch): Promise<Shifts> =>
  request(`${pathOf(id)}/shifts`, {
    query: new URLSearchParams({ from: from.toISOString(), to: to.toISOString() }),
    fetch,
  });

/** The overrides of a schedule that are not over, the next one first. */
export const getOverrides = async (id: string, fetch?: Fetch): Promise<Override[]> =>
  (await request<Answer<"listOverrides">>(`${pathOf(id)}/overrides`, { fetch })).overrides;

/** Has somebody take a while of a schedule. The act goes on record. */
export const createOverride = (id: string, override: NewOverride): Promise<Override> =>
  request(`${pathOf(id)}/overrides`, { method: "POST", body: override });

/** The swaps of a schedule that wait to be accepted. */
export const getSwaps = async (id: string, fetch?: Fetch): Promise<Swap[]> =>
  (await request<Answer<"listSwaps">>(`${pathOf(id)}/swaps`, { fetch })).swaps;

/** Offers a swap; a supervisor's is done at once. The act goes on record. */
export const createSwap = (id: string, swap: NewSwap): Promise<Swap> =>
  request(`${pathOf(id)}/swaps`, { method: "POST", body: swap });

export const decideSwap = (id: string, swap: string, decision: "accept" | "decline"): Promise<Swap> =>
  request(`${pathOf(id)}/swaps/${encodeURIComponent(swap)}/${decision}`, { method: "POST", body: {} });

export async function deleteSwap(id: string, swap: string): Promise<void> {
  await send(`${pathOf(id)}/swaps/${encodeURIComponent(swap)}`, { method: "DELETE" });
}

export const getCalendar = (id: string, fetch?: Fetch): Promise<Calendar> =>
  request(`${pathOf(id)}/calendar`, { fetch });

/** Reads a schedule's shifts in from the text of a file of iCalendar. */
export const importCalendar = (id: string, text: string): Promise<CalendarReading> =>
  request(`${pathOf(id)}/calendar`, { method: "POST", upload: { type: "text/calendar", text } });

/** Reads a schedule's shifts in from an address, now and every 15 minutes. */
export const subscribeCalendar = (id: string, url: string): Promise<CalendarReading> =>
  request(`${pathOf(id)}/calendar`, { method: "PUT", body: { url } });

/** Has a schedule go by its layers alone again. */
export async function deleteCalendar(id: string): Promise<void> {
  await send(`${pathOf(id)}/calendar`, { method: "DELETE" });
}

/** Makes the address by which calendars read a schedule, in place of the one before. */
export const createFeed = (id: string): Promise<Answer<"createFeed">> =>
  request(`${pathOf(id)}/feed`, { method: "POST", body: {} });

export async function deleteFeed(id: string): Promise<void> {
  await send(`${pathOf(id)}/feed`, { method: "DELETE" });
}

export async function deleteOverride(id: string, override: string): Promise<void> {
  await send(`${pathOf(id)}/overrides/${encodeURIComponent(override)}`, { method: "DELETE" });
}
