import type { Answer } from "../contract.ts";
import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

export type ChannelState = Answer<"listChannels">["channels"][number];

export type ServiceState = Answer<"diagnose">[string];

export const getChannels = async (fetch: Fetch): Promise<ChannelState[]> =>
  (await request<Answer<"listChannels">>("/channels", { fetch })).channels;

/** State of each service that Tocsin depends on, by its name. */
export const getDiagnostics = (fetch: Fetch): Promise<Answer<"diagnose">> =>
  request("/diagnostics", { fetch });
