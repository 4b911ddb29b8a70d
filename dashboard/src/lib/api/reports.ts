import type { Answer } from "../contract.ts";
import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

/** How soon the alerts of one group were delivered, seen and acknowledged. */
export type ResponseRow = Answer<"reportAcknowledgement">["rows"][number];
/** Deliveries by one channel that ended alike. */
export type VolumeRow = Answer<"reportDeliveries">["rows"][number];
/** What came to the people of one group, and what they did with it. */
export type LoadRow = Answer<"reportLoad">["rows"][number];

/** Reads how soon the alerts of the territories that the person supervises were answered. */
export const readResponseTimes = async (query: URLSearchParams, fetch?: Fetch): Promise<ResponseRow[]> =>
  (await request<Answer<"reportAcknowledgement">>("/reports/acknowledgement", { query, fetch })).rows;

/** Reads how much came to the people of these territories. */
export const readLoad = async (query: URLSearchParams, fetch?: Fetch): Promise<LoadRow[]> =>
  (await request<Answer<"reportLoad">>("/reports/load", { query, fetch })).rows;

/** Reads how many deliveries there were by each channel, and how they ended. */
export const readVolume = async (query: URLSearchParams, fetch?: Fetch): Promise<VolumeRow[]> =>
  (await request<Answer<"reportDeliveries">>("/reports/deliveries", { query, fetch })).rows;
