import type { Answer, Body } from "../contract.ts";
import { everything, pageOf } from "./pages.ts";
import type { Page } from "./pages.ts";
import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

/** Whether somebody is there, who covers them, and whom they cover. */
export type OwnAvailability = Answer<"readAvailability">;
export type NewAvailability = Body<"replaceAvailability">;
export type Colleague = Answer<"listColleagues">["colleagues"][number];
/** Somebody whom nobody could reach now. */
export type Unreachable = Answer<"listUnreachable">["people"][number];

export const getAvailability = (): Promise<OwnAvailability> => request("/availability");

/** Sets the own availability. The act goes on record. */
export const putAvailability = (availability: NewAvailability): Promise<OwnAvailability> =>
  request("/availability", { method: "PUT", body: availability });

/** The active people of some territories, each once, by name. */
export async function allColleagues(territories: readonly string[], fetch?: Fetch): Promise<Colleague[]> {
  const found = new Map<string, Colleague>();
  for (const territory of territories) {
    const people = await everything(async (query) => {
      query.set("territory", territory);
      return pageOf(await request<Answer<"listColleagues">>("/colleagues", { query, fetch }), "colleagues");
    });
    for (const person of people) found.set(person.user_id, person);
  }
  return [...found.values()].toSorted((one, other) => one.name.localeCompare(other.name));
}

/** A page of the people of a supervised territory whom nobody could reach now. */
export async function listUnreachable(query: URLSearchParams): Promise<Page<Unreachable>> {
  return pageOf(await request<Answer<"listUnreachable">>("/unreachable", { query }), "people");
}
