/** The names, states and bounds that all of Tocsin shares, the API's calls as types, and the client's live connection and its pauses. Nothing else of it is reached from here. */
export * from "../../../channels/contract.ts";
export type { Answer, Body } from "../../../api/types.ts";
export { delay } from "../../../client/backoff.ts";
export { type ConnectionState, LiveConnection } from "../../../client/live/connection.ts";
