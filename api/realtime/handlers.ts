import type { Knex } from "knex";
import type { Credentials } from "../../store/people/credentials.ts";
import { issueTicket, TICKET_TTL } from "../../store/people/tickets.ts";
import type { Handlers } from "../http/route.ts";
import type { realtime } from "./routes.ts";

/** Answers the calls under /api/realtime: tickets for clients that open the live channel without a cookie. */
export function realtimeHandlers({
  knex,
  credentials: { tickets },
}: {
  knex: Knex;
  credentials: Credentials;
}): Handlers<typeof realtime> {
  return {
    issueTicket: async ({ caller }) => {
      const ticket = tickets.make();
      await issueTicket(knex, caller, ticket);
      return { status: 201, body: { ticket, expires_in: TICKET_TTL } };
    },
  };
}
