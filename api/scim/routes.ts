import { ByAnyId, ById } from "../http/schema.ts";
import { route } from "../http/route.ts";
import {
  NewScimToken,
  ScimGroup,
  ScimGroupChange,
  ScimGroupList,
  ScimGroupsQuery,
  ScimTokenList,
  ScimTokenWithSecret,
} from "./schema.ts";

const TAG = "Administration";

/** What admins say of directories outside; SCIM itself is spoken under /scim/v2 (protocol.ts). */
export const scim = {
  listTokens: route({
    method: "GET",
    path: "/api/scim/tokens",
    id: "listScimTokens",
    tag: TAG,
    summary: "The tokens of directories outside, newest first",
    caller: "admin",
    answers: { 200: { body: ScimTokenList } },
  }),
  createToken: route({
    method: "POST",
    path: "/api/scim/tokens",
    id: "createScimToken",
    tag: TAG,
    summary: "Make a token by which a directory keeps people and groups (SCIM 2.0), and nothing else",
    caller: "admin",
    confirmed: "always",
    body: NewScimToken,
    answers: { 201: { body: ScimTokenWithSecret } },
    problems: ["conflict"],
  }),
  revokeToken: route({
    method: "DELETE",
    path: "/api/scim/tokens/{id}",
    id: "revokeScimToken",
    tag: TAG,
    summary: "Revoke a directory's token; who it kept stays as they are",
    caller: "admin",
    confirmed: "always",
    params: ByAnyId,
    answers: { 204: {} },
    problems: ["not-found"],
  }),
  listGroups: route({
    method: "GET",
    path: "/api/scim/groups",
    id: "listScimGroups",
    tag: TAG,
    summary: "The groups of directories, by their names, and what they give",
    caller: "admin",
    query: ScimGroupsQuery,
    answers: { 200: { body: ScimGroupList } },
  }),
  changeGroup: route({
    method: "PATCH",
    path: "/api/scim/groups/{id}",
    id: "changeScimGroup",
    tag: TAG,
    summary: "Say what a group gives its people: a role in a territory, a topic of it, both or nothing",
    caller: "admin",
    confirmed: "always",
    params: ById,
    body: ScimGroupChange,
    answers: { 200: { body: ScimGroup } },
    problems: ["not-found", "conflict"],
  }),
};
