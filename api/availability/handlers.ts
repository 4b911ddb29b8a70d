import { LIVE } from "../../channels/contract.ts";
import type { Registry } from "../../channels/registry.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { activeTerritories, colleaguesIn, unreachableIn } from "../../store/people/availability.ts";
import { notFound } from "../http/errors.ts";
import { containing, toPage } from "../http/paging.ts";
import type { Handlers } from "../http/route.ts";
import { requireFresh } from "../middleware/confirmed.ts";
import { supervisedBy } from "../middleware/supervisor.ts";
import { type AvailabilityDeps, createAvailability } from "./availability.ts";
import { availability } from "./routes.ts";

export interface AvailabilityHandlerDeps extends AvailabilityDeps {
  channels: Registry;
  bridge: Bridge;
}

const placeByName = ({ name, id }: { name: string; id: string }): [string, string] => [name, id];

/** Answers the calls about who is there, and who covers whom. */
export function availabilityHandlers(deps: AvailabilityHandlerDeps): Handlers<typeof availability> {
  const { knex, channels, bridge } = deps;
  const own = createAvailability(deps);
  return {
    read: async ({ caller }) => ({ status: 200, body: await own.read(caller) }),
    replace: async ({ caller, body }) => {
      // What leads messages to somebody else lasts.
      if (body.status !== "available" && body.delegate !== undefined)
        await requireFresh(knex, availability.replace, caller);
      return { status: 200, body: await own.set(caller, body) };
    },

    colleagues: async ({ caller: { userId }, query: { territory, q, cursor, limit } }) => {
      const look = async (trx: Transaction) => {
        if (!(await activeTerritories(trx, userId)).includes(territory)) throw notFound();
        const pattern = q === undefined ? null : containing(q);
        return await colleaguesIn(trx, `user:${userId}`, territory, {
          pattern,
          after: cursor,
          limit: limit + 1,
        });
      };
      const { items, next } = toPage(await actAs(knex, `user:${userId}`, look), limit, placeByName);
      const colleagues = items.map(({ id, name, roles, status, until }) => ({
        user_id: id,
        name,
        roles,
        status: status ?? ("available" as const),
        until: until?.toISOString() ?? null,
      }));
      return { status: 200, body: { colleagues, next } };
    },

    unreachable: async ({ caller: { userId }, query: { territory, cursor, limit } }) => {
      const outside = channels.names().filter((name) => name !== LIVE);
      // Where nobody knows whose page is open, none counts.
      const online = await bridge.online().catch(() => []);
      const look = async (trx: Transaction) => {
        const supervised = await supervisedBy(trx, userId, "Only supervisors see who can't be reached.");
        if (!supervised.includes(territory)) throw notFound();
        const part = { after: cursor, limit: limit + 1 };
        return await unreachableIn(trx, `user:${userId}`, territory, { ...part, channels: outside, online });
      };
      const { items, next } = toPage(await actAs(knex, `user:${userId}`, look), limit, placeByName);
      const people = items.map(({ id, name, reason, until }) => ({
        user_id: id,
        name,
        reason,
        until: until?.toISOString() ?? null,
      }));
      return { status: 200, body: { people, next } };
    },
  };
}
