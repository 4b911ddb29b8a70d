import { z } from "zod";
import { Nothing } from "../http/schema.ts";
import { route } from "../http/route.ts";

const Ticket = z
  .object({ ticket: z.string(), expires_in: z.int().describe("Seconds") })
  .meta({ id: "Ticket", examples: [{ ticket: "a-ticket-of-43-characters", expires_in: 30 }] });

/** The calls under /api/realtime. The live channel itself is an upgrade, which `channels/websocket/gateway.ts` answers. */
export const realtime = {
  issueTicket: route({
    method: "POST",
    path: "/api/realtime/tickets",
    id: "issueTicket",
    tag: "Inbox",
    summary: "A ticket for one live connection of a client without cookies; single use, 30 s",
    caller: "person",
    background: true,
    embedded: true,
    body: Nothing,
    optionalBody: true,
    answers: { 201: { body: Ticket } },
  }),
};
