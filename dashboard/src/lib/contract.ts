/** The names, states and shapes shared with the rest of Tocsin. */
export * from "../../../channels/contract.ts";
