import type { Answer } from "../contract.ts";
import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

/** How soon the alerts of one group were delivered, seen and acknowledged. */
export type ResponseRow = Answer<"reportAcknowledgement">["rows"][number];
/** What came to the people of one group, and what they did with it. */
export type LoadRow = Answer<"reportLoad">["rows"][number];

/** Reads how soon the alerts of the territories that the person supervises were answered. */
export const readResponseTimes = async (query: URLSearchParams, fetch?: Fetch): Promise<ResponseRow[]> =>
  (await request<Answer<"reportAcknowledgement">>("/reports/acknowledgement", { query, fetch })).rows;

/** Reads how much came to the people of these territories. */
export const readLoad = async (query: URLSearchParams, fetch?: Fetch): Promise<LoadRow[]> =>
  (await request<Answer<"reportLoad">>("/reports/load", { query, fetch })).rows;
