import { CLOSE, PROTOCOL } from "../../channels/contract.ts";
import type { Operation, Response } from "./shape.ts";

const header = (description: string, value: string) => ({
  description,
  required: true,
  schema: { type: "string", const: value },
});

const refused = (description: string): Response => ({
  description,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

/** GET /api/realtime: no route of the router, but an upgrade that `channels/websocket/gateway.ts` answers. */
export const live: Operation = {
  operationId: "openLiveChannel",
  tags: ["Inbox"],
  summary: "The live channel: a WebSocket for the inbox's changes and the person's acts",
  description:
    `Its frames are described in GET /api/asyncapi.json. Speaks the WebSocket protocol \`${PROTOCOL}\` in JSON text frames. ` +
    "A session's cookie signs the socket in, with a matching Origin; a client without cookies sends " +
    '`{"type": "auth", "ticket": "…"}` as its first frame, within 15 s. The server sends `hello {user_id, seq, counts}`, ' +
    "`notification {seq, notification}` (an arrival or a change; the last of those sent together with `counts`, as of `GET /api/notifications/counts`), `resumed {seq, after}` and `error {code, detail}`; the client " +
    "`resume {after}`, `received {seq}`, `acknowledge {notification_id}` and `dismiss {notification_id}`. " +
    `Close codes: ${CLOSE.restart} restart, ${CLOSE.tooSlow} reader too slow, ${CLOSE.unauthenticated} sign in again, ` +
    `${CLOSE.forbidden} no territory left.`,
  security: [{ session: [] }, {}],
  parameters: [
    {
      name: "Sec-WebSocket-Protocol",
      in: "header",
      description: "A client that offers none speaks it all the same",
      required: false,
      schema: { type: "string", const: PROTOCOL },
    },
  ],
  responses: {
    101: {
      description: "The connection is a WebSocket from here on",
      headers: { Upgrade: header("What the connection becomes", "websocket") },
    },
    400: refused("Another WebSocket protocol was asked for"),
    403: refused("A page of another origin asks"),
    404: refused("No upgrade was asked for"),
    503: {
      ...refused("The node is draining or full, or can't look up the session"),
      headers: {
        "Retry-After": { description: "Seconds", required: true, schema: { type: "string" } },
      },
    },
  },
};
