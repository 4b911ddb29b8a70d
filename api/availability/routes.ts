import { route } from "../http/route.ts";
import {
  ColleagueList,
  ColleaguesQuery,
  NewAvailability,
  OwnAvailability,
  UnreachableList,
  UnreachableQuery,
} from "./schema.ts";

/** The calls about who is there, and who covers whom. */
export const availability = {
  read: route({
    method: "GET",
    path: "/api/availability",
    id: "readAvailability",
    tag: "On call",
    summary: "Whether the person is there, who covers them, and whom they cover",
    caller: "person",
    answers: { 200: { body: OwnAvailability } },
  }),
  replace: route({
    method: "PUT",
    path: "/api/availability",
    id: "replaceAvailability",
    tag: "On call",
    summary:
      "Be available, or busy or away until a time, and name who covers meanwhile, for which the password is asked again; on record",
    caller: "person",
    confirmed: "sometimes",
    body: NewAvailability,
    answers: { 200: { body: OwnAvailability } },
  }),
  colleagues: route({
    method: "GET",
    path: "/api/colleagues",
    id: "listColleagues",
    tag: "On call",
    summary: "The people of one's own territory, by name, and whether they are there",
    caller: "person",
    query: ColleaguesQuery,
    answers: { 200: { body: ColleagueList } },
    problems: ["not-found"],
  }),
  unreachable: route({
    method: "GET",
    path: "/api/unreachable",
    id: "listUnreachable",
    tag: "On call",
    summary: "The people of a supervised territory whom nobody could reach now",
    caller: "supervisor",
    query: UnreachableQuery,
    answers: { 200: { body: UnreachableList } },
    problems: ["not-found"],
  }),
};
