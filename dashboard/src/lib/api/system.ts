import type { Answer } from "../contract.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

export type ChannelState = Answer<"listChannels">["channels"][number];

export type ServiceState = Answer<"diagnose">[string];

export const getChannels = async (fetch: Fetch): Promise<ChannelState[]> =>
  (await request<Answer<"listChannels">>("/channels", { fetch })).channels;

/** What failed again and again and is put off or parked. */
export type Trouble = Answer<"listTroubles">["troubles"][number];

/** Admins alone see it. */
export const listTroubles = async (fetch?: Fetch): Promise<Trouble[]> =>
  (await request<Answer<"listTroubles">>("/troubles", { fetch })).troubles;

/** Has what failed of an item tried again at once. The act goes on record. */
export async function retryTrouble(id: string): Promise<void> {
  await send(`/troubles/${encodeURIComponent(id)}/retry`, { method: "POST" });
}

/** State of each service that Tocsin depends on, by its name. */
export const getDiagnostics = (fetch: Fetch): Promise<Answer<"diagnose">> =>
  request("/diagnostics", { fetch });
