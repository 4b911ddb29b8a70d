import { ByAnyId } from "../http/schema.ts";
import { route } from "../http/route.ts";
import { NewUser, User, UserChange, UserList, UsersQuery } from "./schema.ts";

/** The calls under /api/users. */
export const users = {
  list: route({
    method: "GET",
    path: "/api/users",
    id: "listUsers",
    tag: "Administration",
    summary: "The people, by name",
    caller: "admin",
    query: UsersQuery,
    answers: { 200: { body: UserList } },
  }),
  create: route({
    method: "POST",
    path: "/api/users",
    id: "createUser",
    tag: "Administration",
    summary: "Make a person",
    caller: "admin",
    body: NewUser,
    answers: { 201: { body: User, headers: ["Location"] } },
    problems: ["conflict"],
  }),
  read: route({
    method: "GET",
    path: "/api/users/{id}",
    id: "readUser",
    tag: "Administration",
    summary: "One person",
    caller: "admin",
    params: ByAnyId,
    answers: { 200: { body: User } },
    problems: ["not-found"],
  }),
  change: route({
    method: "PATCH",
    path: "/api/users/{id}",
    id: "changeUser",
    tag: "Administration",
    summary: "Change a person",
    caller: "admin",
    params: ByAnyId,
    body: UserChange,
    answers: { 200: { body: User } },
    problems: ["not-found", "conflict"],
  }),
  disable: route({
    method: "DELETE",
    path: "/api/users/{id}",
    id: "disableUser",
    tag: "Administration",
    summary: "Disable a person and end their sessions; history goes on pointing to them",
    caller: "admin",
    params: ByAnyId,
    answers: { 204: {} },
    problems: ["not-found", "conflict"],
  }),
};
