import type { Knex } from "knex";
import type { Handlers } from "../http/route.ts";
import { refuseOtherSites } from "../middleware/person.ts";
import type { Entrance } from "../sessions/entrance.ts";
import { createPasswordChange, type PasswordChangeDeps } from "./change.ts";
import { createPasswordReset, type PasswordResetDeps } from "./reset.ts";
import type { passwords } from "./routes.ts";

export interface PasswordDeps extends PasswordChangeDeps, PasswordResetDeps {
  knex: Knex;
  entrance: Entrance;
}

/** Answers the calls under /api/password. */
export function passwordHandlers(deps: PasswordDeps): Handlers<typeof passwords> {
  const change = createPasswordChange(deps);
  const reset = createPasswordReset(deps);
  return {
    change: async ({ caller, body, ctx }) => {
      await change(caller, body, ctx);
      return { status: 204 };
    },
    reset: async ({ body: { email }, ctx }) => {
      refuseOtherSites(ctx, deps.site);
      await reset(email, deps.entrance.from(ctx));
      return { status: 204 };
    },
  };
}
