import type { Knex } from "knex";
import { announce } from "../../channels/websocket/announce.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import type { Logger } from "../../config/log.ts";
import type { Starter } from "../../node/starter.ts";
import type { InstallationKey } from "../../store/crypto/secrets.ts";
import { actAs } from "../../store/db/knex.ts";
import type { ServiceIdentity } from "../../store/people/services.ts";
import { resolve, type Resolved } from "../../store/transitions/resolve.ts";
import { notFound } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { createOneByOne } from "../middleware/one-by-one.ts";
import { dedupHash } from "../notifications/accept.ts";
import type { alerts } from "./routes.ts";

export interface AlertDeps {
  knex: Knex;
  secrets: InstallationKey;
  bridge: Bridge;
  starter: Starter;
  log: Logger;
}

/** Calls of a service for one key that go on or wait. They take turns in the database anyhow; here a call that waits takes no connection. */
const MOST_AT_ONCE = 200;

/** Answers what services say of the problems that they sent. */
export function alertHandlers({ knex, secrets, bridge, starter, log }: AlertDeps): Handlers<typeof alerts> {
  const oneByOne = createOneByOne(MOST_AT_ONCE);

  /** Those of the hashes by which the service has sent anything: one look for a key of however many territories. */
  const known = (serviceId: string, hashes: Buffer[]): Promise<Buffer[]> =>
    actAs(knex, `service:${serviceId}`, (trx) =>
      trx("sends").whereRaw("dedup_hash = ANY (?::bytea[])", [hashes]).distinct().pluck("dedup_hash"),
    );

  async function resolveIn(territories: string[], caller: ServiceIdentity, key: string): Promise<Resolved[]> {
    const found: Resolved[] = [];
    const hashes = territories.map((territory) => dedupHash(secrets, caller, territory, key));
    for (const hash of await known(caller.serviceId, hashes)) {
      const { alerts, changes, waiting } = await resolve(knex, caller.serviceId, hash);
      announce(bridge, log, changes);
      for (const id of waiting) void starter.tellHandled(id);
      found.push(...alerts);
    }
    return found;
  }

  return {
    resolve: async ({ caller, params: { dedup_key }, body: { territory_id } }) => {
      const territories = [...caller.territories].filter((id) => (territory_id ?? id) === id);
      const found = await oneByOne(`${caller.serviceId} ${dedup_key}`, () =>
        resolveIn(territories, caller, dedup_key),
      );
      if (found.length === 0) throw notFound();
      const told = found.map((one) => ({ ...one, resolved_at: new Date(one.resolved_at).toISOString() }));
      return { status: 200, body: { status: "resolved", alerts: told } };
    },
  };
}
