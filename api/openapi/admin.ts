import { z } from "zod";
import {
  Key,
  KeyChange,
  KeysQuery,
  KeyWithSecret,
  NewKey,
  NewService,
  Rotation,
  Service,
  ServiceChange,
} from "../keys/schema.ts";
import { Page } from "../notifications/schema.ts";
import { NewTerritory, TerritoriesQuery, Territory, TerritoryChange } from "../territories/schema.ts";
import { NewUser, User, UserChange, UsersQuery } from "../users/schema.ts";
import type { Operation } from "./operation.ts";

interface Resource {
  /** What one is called, and what deleting it does. */
  one: string;
  deleted: string;
  query: z.ZodObject;
  body: z.ZodType;
  change: z.ZodType;
  shown: z.ZodType;
  made?: z.ZodType;
}

const BODY = [400, 413, 415, 422];

/** The five calls on a resource that admins manage. */
function resource(name: string, { one, deleted, query, body, change, shown, made }: Resource) {
  const path = `/api/${name}`;
  const calls: Record<string, Operation> = {
    [`GET ${path}`]: {
      summary: `The ${name}, for admins`,
      caller: "person",
      query,
      answers: { 200: z.object({ [name]: z.array(shown), next: z.string().nullable() }) },
      problems: [401, 403, 422],
    },
    [`POST ${path}`]: {
      summary: `Make a ${one}`,
      caller: "person",
      body,
      answers: { 201: made ?? shown },
      problems: [401, 403, 409, ...BODY],
    },
    [`GET ${path}/{id}`]: {
      summary: `One ${one}`,
      caller: "person",
      answers: { 200: shown },
      problems: [401, 403, 404],
    },
    [`PATCH ${path}/{id}`]: {
      summary: `Change a ${one}`,
      caller: "person",
      body: change,
      answers: { 200: shown },
      problems: [401, 403, 404, 409, ...BODY],
    },
    [`DELETE ${path}/{id}`]: {
      summary: `${deleted}; nothing that history points to is lost`,
      caller: "person",
      answers: { 204: null },
      problems: [401, 403, 404, 409],
    },
  };
  return calls;
}

/** What admins call. */
export const adminOperations: Record<string, Operation> = {
  ...resource("territories", {
    one: "territory",
    deleted: "Archive a territory that has no members",
    query: TerritoriesQuery,
    body: NewTerritory,
    change: TerritoryChange,
    shown: Territory,
  }),
  ...resource("users", {
    one: "person",
    deleted: "Disable a person and end their sessions",
    query: UsersQuery,
    body: NewUser,
    change: UserChange,
    shown: User,
  }),
  ...resource("services", {
    one: "service",
    deleted: "Disable a service and revoke its keys",
    query: Page,
    body: NewService,
    change: ServiceChange,
    shown: Service,
  }),
  ...resource("keys", {
    one: "key; a service has two that are good at most",
    deleted: "Revoke a key",
    query: KeysQuery,
    body: NewKey,
    change: KeyChange,
    shown: Key,
    made: KeyWithSecret,
  }),
  "POST /api/keys/{id}/rotate": {
    summary: "A new key of the same scope; the old one stays good for the overlap",
    caller: "person",
    body: Rotation,
    answers: { 201: KeyWithSecret },
    problems: [401, 403, 404, 409, ...BODY],
  },
};
