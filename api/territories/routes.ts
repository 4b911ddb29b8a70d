import { ByAnyId } from "../http/schema.ts";
import { route } from "../http/route.ts";
import { NewTerritory, TerritoriesQuery, Territory, TerritoryChange, TerritoryList } from "./schema.ts";

/** The calls under /api/territories. */
export const territories = {
  list: route({
    method: "GET",
    path: "/api/territories",
    id: "listTerritories",
    tag: "Administration",
    summary: "The territories, by name",
    caller: "admin",
    query: TerritoriesQuery,
    answers: { 200: { body: TerritoryList } },
  }),
  create: route({
    method: "POST",
    path: "/api/territories",
    id: "createTerritory",
    tag: "Administration",
    summary: "Make a territory",
    caller: "admin",
    body: NewTerritory,
    answers: { 201: { body: Territory, headers: ["Location"] } },
    problems: ["conflict"],
  }),
  read: route({
    method: "GET",
    path: "/api/territories/{id}",
    id: "readTerritory",
    tag: "Administration",
    summary: "One territory",
    caller: "admin",
    params: ByAnyId,
    answers: { 200: { body: Territory } },
    problems: ["not-found"],
  }),
  change: route({
    method: "PATCH",
    path: "/api/territories/{id}",
    id: "changeTerritory",
    tag: "Administration",
    summary: "Change a territory; 202 where settings wait for another admin",
    caller: "admin",
    confirmed: "always",
    params: ByAnyId,
    body: TerritoryChange,
    answers: { 200: { body: Territory }, 202: { body: Territory } },
    problems: ["not-found"],
  }),
  archive: route({
    method: "DELETE",
    path: "/api/territories/{id}",
    id: "archiveTerritory",
    tag: "Administration",
    summary: "Archive a territory that has no members; history goes on pointing to it",
    caller: "admin",
    params: ByAnyId,
    answers: { 204: {} },
    problems: ["not-found", "conflict"],
  }),
};
