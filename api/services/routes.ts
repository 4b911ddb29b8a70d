import { ByAnyId } from "../http/schema.ts";
import { route } from "../http/route.ts";
import { NewService, Service, ServiceChange, ServiceList, ServicesQuery } from "./schema.ts";

/** The calls under /api/services. */
export const services = {
  list: route({
    method: "GET",
    path: "/api/services",
    id: "listServices",
    tag: "Administration",
    summary: "The systems that send, by name",
    caller: "admin",
    query: ServicesQuery,
    answers: { 200: { body: ServiceList } },
  }),
  create: route({
    method: "POST",
    path: "/api/services",
    id: "createService",
    tag: "Administration",
    summary: "Make a service",
    caller: "admin",
    body: NewService,
    answers: { 201: { body: Service, headers: ["Location"] } },
    problems: ["conflict"],
  }),
  read: route({
    method: "GET",
    path: "/api/services/{id}",
    id: "readService",
    tag: "Administration",
    summary: "One service",
    caller: "admin",
    params: ByAnyId,
    answers: { 200: { body: Service } },
    problems: ["not-found"],
  }),
  change: route({
    method: "PATCH",
    path: "/api/services/{id}",
    id: "changeService",
    tag: "Administration",
    summary: "Change a service",
    caller: "admin",
    confirmed: "always",
    params: ByAnyId,
    body: ServiceChange,
    answers: { 200: { body: Service } },
    problems: ["not-found", "conflict"],
  }),
  disable: route({
    method: "DELETE",
    path: "/api/services/{id}",
    id: "disableService",
    tag: "Administration",
    summary: "Disable a service and revoke its keys; history goes on pointing to it",
    caller: "admin",
    confirmed: "always",
    params: ByAnyId,
    answers: { 204: {} },
    problems: ["not-found"],
  }),
};
