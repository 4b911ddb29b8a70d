/** The names, states and bounds that all of Tocsin shares, and the API's calls as types. Nothing else of it is reached from here. */
export * from "../../../channels/contract.ts";
export type { Answer, Body } from "../../../api/types.ts";
