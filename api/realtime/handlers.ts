import type { Knex } from "knex";
import { issueTicket, TICKET_TTL } from "../../store/people/sessions.ts";
import type { Site } from "../middleware/person.ts";
import type { Handlers } from "../http/route.ts";
import type { realtime } from "./routes.ts";

/** Answers the calls under /api/realtime: tickets for clients that open the live channel without a cookie. */
export function realtimeHandlers({ knex, site }: { knex: Knex; site: Site }): Handlers<typeof realtime> {
  return {
    issueTicket: async ({ caller }) => {
      const ticket = await issueTicket(knex, site.tickets, caller.sessionId);
      return { status: 201, body: { ticket, expires_in: TICKET_TTL } };
    },
  };
}
