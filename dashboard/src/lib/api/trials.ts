import type { Answer } from "../contract.ts";
import { request } from "./request.ts";

/** What is known of a test notification once it was taken in. */
export type Trial = Answer<"createTrial">;

/** Sends a test notification to oneself. */
export const createTrial = (): Promise<Trial> => request("/diagnostics/trials", { method: "POST", body: {} });
