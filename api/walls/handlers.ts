import { reachedBy } from "../../activities/step.ts";
import { actAs } from "../../store/db/knex.ts";
import { readBoard } from "../../store/notifications/board.ts";
import { openWall } from "../../store/people/walls.ts";
import { answerBoard } from "../board/answer.ts";
import type { BoardDeps } from "../board/handlers.ts";
import { gone } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import type { RateLimits } from "../middleware/limits.ts";
import { refuseOtherSites, type Site } from "../middleware/person.ts";
import { setWall } from "../middleware/wall.ts";
import type { Oversight } from "../oversight/oversight.ts";
import type { Entrance } from "../sessions/entrance.ts";
import { failuresOf } from "../sessions/guard.ts";
import type { walls } from "./routes.ts";
import { createWallAdmin, presentWall } from "./admin.ts";

export interface WallDeps extends BoardDeps {
  site: Site;
  limits: Pick<RateLimits, "walls" | "wallGrants" | "vouched">;
  entrance: Entrance;
  oversight: Oversight;
}

/** Answers the calls under /api/walls, for admins, and /api/wall, for the screens. */
export function wallHandlers(deps: WallDeps): Handlers<typeof walls> {
  const { knex, channels, site, limits, entrance, oversight } = deps;
  const admin = createWallAdmin({ knex, oversight, limits });

  return {
    list: async ({ caller }) => ({ status: 200, body: { walls: await admin.list(caller) } }),

    grant: async ({ caller, body, ctx }) => {
      const { wall, code, granter } = await admin.grant(caller, body);
      const url = `${site.origin ?? `${ctx.protocol}://${ctx.host}`}/wall#${code}`;
      const code_expires_at = wall.code_expires_at.toISOString();
      return { status: 201, body: { wall: presentWall(wall, granter), code, code_expires_at, url } };
    },

    end: async ({ caller, params: { id } }) => {
      await admin.end(caller, id);
      return { status: 204 };
    },

    open: async ({ body: { code }, ctx }) => {
      refuseOtherSites(ctx, site);
      // Counted before it is looked up: guesses made side by side count too.
      const count = failuresOf(limits.walls, limits.vouched.walls, entrance.from(ctx));
      await count.take();
      const screen = await openWall(knex, code, site.wall.tokens);
      if (screen === null || screen.token === null)
        throw gone(
          "This code opens nothing: it was used, or its 15 minutes are over. Ask an administrator for another.",
        );
      await count.giveBack();
      setWall(ctx, site, screen.token, screen.expiresAt);
      const { territoryId, territoryName, name, expiresAt } = screen;
      return {
        status: 201,
        body: {
          territory_id: territoryId,
          territory_name: territoryName,
          name,
          expires_at: expiresAt.toISOString(),
        },
      };
    },

    read: async ({ caller: { actor, territoryId, territoryName }, headers }) => {
      const read = await actAs(knex, actor, (trx) =>
        readBoard(trx, actor, [territoryId], (id, step) => reachedBy(id, step, channels.names())),
      );
      const territories = [{ territory_id: territoryId, name: territoryName }];
      return answerBoard(read, territories, headers["If-None-Match"]);
    },
  };
}
