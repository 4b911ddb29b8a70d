import { route } from "../http/route.ts";
import { Acceptance } from "./schema.ts";

/** The calls under /api/invitations, for whoever holds a token. */
export const invitations = {
  accept: route({
    method: "POST",
    path: "/api/invitations",
    id: "acceptInvitation",
    tag: "Sessions",
    summary: "Set one's own password by an invitation, once; ends every session of the person",
    caller: "anyone",
    byPassword: true,
    body: Acceptance,
    answers: { 204: {} },
    problems: ["forbidden", "gone", "too-many", "unavailable"],
  }),
};
