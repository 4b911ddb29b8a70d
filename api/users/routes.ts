import { ByAnyId, Nothing } from "../http/schema.ts";
import { route } from "../http/route.ts";
import { Invitation } from "../invitations/schema.ts";
import { InvitedUser, NewUser, User, UserChange, UserList, UsersQuery } from "./schema.ts";

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
    summary: "Make a person, who sets their own password by the invitation",
    caller: "admin",
    body: NewUser,
    answers: { 201: { body: InvitedUser, headers: ["Location"] } },
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
    summary: "Change a person; 202 where a part of it waits for another admin",
    caller: "admin",
    params: ByAnyId,
    body: UserChange,
    answers: { 200: { body: User }, 202: { body: User } },
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
    answers: { 204: {}, 202: { body: User } },
    problems: ["not-found", "conflict"],
  }),
  invite: route({
    method: "POST",
    path: "/api/users/{id}/invitation",
    id: "inviteUser",
    tag: "Administration",
    summary:
      "A new invitation, which ends the one before; 202 where somebody can sign in already and another admin has to confirm",
    caller: "admin",
    params: ByAnyId,
    body: Nothing,
    optionalBody: true,
    answers: { 201: { body: Invitation }, 202: { body: User } },
    problems: ["not-found", "conflict"],
  }),
};
