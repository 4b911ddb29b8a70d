import type { Knex } from "knex";
import { announce } from "../../channels/websocket/announce.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import type { Logger } from "../../config/log.ts";
import type { Starter } from "../../node/starter.ts";
import type { InstallationKey } from "../../store/crypto/secrets.ts";
import { resolve, type Resolved } from "../../store/transitions/resolve.ts";
import { notFound } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { dedupHash } from "../notifications/accept.ts";
import type { alerts } from "./routes.ts";

export interface AlertDeps {
  knex: Knex;
  secrets: InstallationKey;
  bridge: Bridge;
  starter: Starter;
  log: Logger;
}

/** Answers what services say of the problems that they sent. */
export function alertHandlers({ knex, secrets, bridge, starter, log }: AlertDeps): Handlers<typeof alerts> {
  return {
    resolve: async ({ caller, params: { dedup_key }, body: { territory_id } }) => {
      const territories = [...caller.territories].filter((id) => (territory_id ?? id) === id);
      const found: Resolved[] = [];
      for (const territory of territories) {
        const hash = dedupHash(secrets, caller, territory, dedup_key);
        const { alerts, changes } = await resolve(knex, caller.serviceId, hash);
        announce(bridge, log, changes);
        for (const { notification_id } of alerts) void starter.tellHandled(notification_id);
        found.push(...alerts);
      }
      if (found.length === 0) throw notFound();
      const told = found.map((one) => ({ ...one, resolved_at: new Date(one.resolved_at).toISOString() }));
      return { status: 200, body: { status: "resolved", alerts: told } };
    },
  };
}
