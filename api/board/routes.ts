import { IfNoneMatch } from "../http/etag.ts";
import { route } from "../http/route.ts";
import { Board, BoardQuery } from "./schema.ts";

/** The call under /api/board. A screen on a wall reads its own under /api/wall. */
export const board = {
  read: route({
    method: "GET",
    path: "/api/board",
    id: "readBoard",
    tag: "Deliveries",
    summary:
      "What waits for an acknowledgement now, for whom, and whom the next step tells; to be asked for again and again",
    caller: "supervisor",
    compressed: true,
    query: BoardQuery,
    headers: IfNoneMatch,
    answers: { 200: { body: Board, headers: ["ETag"] }, 304: { headers: ["ETag"] } },
  }),
};
