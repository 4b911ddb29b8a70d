import { Board } from "../board/schema.ts";
import { IfNoneMatch } from "../http/etag.ts";
import { ById } from "../http/schema.ts";
import { route } from "../http/route.ts";
import { NewWall, OpenedWall, Opening, WallList, WallWithCode } from "./schema.ts";

/** The calls under /api/walls, for admins, and /api/wall, for the screens themselves. */
export const walls = {
  list: route({
    method: "GET",
    path: "/api/walls",
    id: "listWalls",
    tag: "Administration",
    summary:
      "The screens on walls: those that show something or wait for a code, then those that are over; the last granted first",
    caller: "admin",
    answers: { 200: { body: WallList } },
  }),
  grant: route({
    method: "POST",
    path: "/api/walls",
    id: "grantWall",
    tag: "Administration",
    summary: "Let a screen show a territory's board, and nothing else; its supervisors are told",
    caller: "admin",
    confirmed: "always",
    body: NewWall,
    answers: { 201: { body: WallWithCode } },
    problems: ["conflict", "too-many"],
  }),
  end: route({
    method: "DELETE",
    path: "/api/walls/{id}",
    id: "endWall",
    tag: "Administration",
    summary: "End a screen, at once",
    caller: "admin",
    params: ById,
    answers: { 204: {} },
    problems: ["not-found"],
  }),
  open: route({
    method: "POST",
    path: "/api/wall",
    id: "openWall",
    tag: "Sessions",
    summary: "Open a screen by the code that an admin was shown, once; it gets a cookie of its own",
    caller: "anyone",
    body: Opening,
    answers: { 201: { body: OpenedWall, cookie: "always" } },
    problems: ["forbidden", "gone", "too-many", "unavailable"],
  }),
  read: route({
    method: "GET",
    path: "/api/wall",
    id: "readWall",
    tag: "Deliveries",
    summary: "The board of a screen's territory: all that it may read, and the only call that it may make",
    caller: "wall",
    compressed: true,
    background: true,
    headers: IfNoneMatch,
    answers: {
      200: { body: Board, headers: ["ETag"], cookie: "sometimes" },
      304: { headers: ["ETag"], cookie: "sometimes" },
    },
  }),
};
