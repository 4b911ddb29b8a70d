import type { Answer, Body } from "../contract.ts";
import { everything, pageOf } from "./pages.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

export type ScimToken = Answer<"listScimTokens">["tokens"][number];
/** A token that was just made; its secret is shown this once. */
export type ScimTokenWithSecret = Answer<"createScimToken">;
export type ScimGroup = Answer<"listScimGroups">["groups"][number];
export type Mapping = Body<"changeScimGroup">["mapping"];

/** The tokens of directories, newest first. */
export const allScimTokens = async (fetch: Fetch): Promise<ScimToken[]> =>
  (await request<Answer<"listScimTokens">>("/scim/tokens", { fetch })).tokens;
export const createScimToken = (token: Body<"createScimToken">): Promise<ScimTokenWithSecret> =>
  request("/scim/tokens", { method: "POST", body: token });
export async function revokeScimToken(id: string): Promise<void> {
  await send(`/scim/tokens/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** The groups of directories, by their names. */
export const allScimGroups = (fetch: Fetch): Promise<ScimGroup[]> =>
  everything(async (query) =>
    pageOf(await request<Answer<"listScimGroups">>("/scim/groups", { query, fetch }), "groups"),
  );
/** Says what a group gives its people. The act goes on record. */
export const mapScimGroup = (id: string, mapping: Mapping): Promise<ScimGroup> =>
  request(`/scim/groups/${encodeURIComponent(id)}`, { method: "PATCH", body: { mapping } });
