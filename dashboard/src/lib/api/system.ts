import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

export interface ChannelState {
  name: string;
  state: string;
  detail: string | null;
  checked_at: string | null;
}

export const getChannels = async (fetch: Fetch): Promise<ChannelState[]> =>
  (await request<{ channels: ChannelState[] }>("/channels", { fetch })).channels;

/** State of each service that Tocsin depends on, by its name. */
export const getDiagnostics = (fetch: Fetch): Promise<Record<string, unknown>> =>
  request("/diagnostics", { fetch });
