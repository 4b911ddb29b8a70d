import type { Answer, Body } from "../contract.ts";
import { everything, pageOf } from "./pages.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

/** Who has an on-call role now. */
export type OnCall = Answer<"readOnCall">["on_call"][number];
export type Schedule = Answer<"readSchedule">;
export type Shifts = Answer<"listShifts">;
export type Shift = Shifts["shifts"][number];
export type Override = Answer<"listOverrides">["overrides"][number];
export type NewOverride = Body<"createOverride">;
export type Swap = Answer<"listSwaps">["swaps"][number];
export type NewSwap = Body<"createSwap">;
/** The calendar that a schedule goes by, as supervisors see it. */
export type Calendar = Answer<"readCalendar">;

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

export async function deleteOverride(id: string, override: string): Promise<void> {
  await send(`${pathOf(id)}/overrides/${encodeURIComponent(override)}`, { method: "DELETE" });
}
