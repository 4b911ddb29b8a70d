import { route } from "../http/route.ts";
import { PasswordChange, PasswordReset } from "./schema.ts";

/** The calls under /api/password: changing one's own, and setting it anew where it was forgotten. */
export const passwords = {
  change: route({
    method: "PUT",
    path: "/api/password",
    id: "changePassword",
    tag: "Sessions",
    summary: "Change one's own password; ends the person's other sessions",
    caller: "person",
    byPassword: true,
    body: PasswordChange,
    answers: { 204: {} },
    problems: ["conflict", "too-many"],
  }),
  reset: route({
    method: "POST",
    path: "/api/password/reset",
    id: "resetPassword",
    tag: "Sessions",
    summary:
      "Have a link to a new password sent to the verified email address of whoever signs in by this one; answers the same whether there is anybody",
    caller: "anyone",
    byPassword: true,
    body: PasswordReset,
    answers: { 204: {} },
    problems: ["forbidden", "too-many"],
  }),
};
