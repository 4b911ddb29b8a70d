import type { Knex } from "knex";
import { laneOf, type Priority, type Role } from "../../channels/contract.ts";
import type { Logger } from "../../config/log.ts";
import type { Starter } from "../../node/starter.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { Membership } from "../../store/models/User.ts";
import { type AcceptDeps, createAccept } from "./accept.ts";
import type { Intake } from "./addressees.ts";

/** The service in whose name Tocsin itself sends (`own_service()` in the database). It has no keys, and nobody sees or changes it. */
export const OWN_SERVICE = "0d1e0000-0000-4000-8000-000000000001";

/** What those who look after a territory are to know; never anything of what was sent. */
export interface OwnMessage {
  territoryId: string;
  /** Whoever has one of these roles there is told. */
  roles: Role[];
  /** Others who are told, as far as they have a role there. */
  people?: string[];
  title: string;
  message: string;
  /** Whom the message names: redacted in it, and seen by those who reveal it. Null where it names nobody. */
  about: { id: string; name: string } | null;
  priority: Priority;
  /** Names the matter: nobody is told of one twice. */
  matter: string;
}

export interface OwnSends {
  /**
   * Tells each of them by a notification of their own, taken in like every other: durable once this returns.
   * @returns the people who are told other than whom the message is about; none is logged, since nobody else looks after the territory
   */
  tell(message: OwnMessage): Promise<string[]>;
}

export interface OwnSendDeps extends AcceptDeps {
  starter: Pick<Starter, "start">;
  log: Pick<Logger, "error">;
}

export function createOwnSends({ starter, log, ...deps }: OwnSendDeps): OwnSends {
  const { knex } = deps;
  const { accept } = createAccept(deps);
  return {
    tell: async ({ territoryId, roles, people: named = [], title, message, about, priority, matter }) => {
      const service = { serviceId: OWN_SERVICE, keyId: "", territories: new Set([territoryId]) };
      const lane = laneOf(priority);
      const people = await peopleOf(knex, territoryId, roles, named);
      const others = people.filter((id) => id !== about?.id);
      if (others.length === 0)
        log.error({ territoryId, roles }, "nobody else there could be told of something");
      for (const user_id of people) {
        const body: Intake = {
          user_id,
          territory_id: territoryId,
          category: "system_message",
          priority,
          lane,
          role: null,
          onCallRole: null,
          topic: null,
          isBroadcast: false,
          title,
          message,
          known: about === null ? [] : knownOf(about),
          metadata: {},
        };
        const { id, replayed } = await accept(service, body, { user_id, matter }, `${matter} ${user_id}`);
        if (!replayed) await starter.start(id, lane);
      }
      return others;
    },
  };
}

const knownOf = ({ id, name }: { id: string; name: string }): Intake["known"] => [
  { kind: "name", value: name },
  { kind: "other_id", value: id },
];

async function peopleOf(
  knex: Knex,
  territory_id: string,
  roles: Role[],
  others: string[],
): Promise<string[]> {
  const actor: Actor = `service:${OWN_SERVICE}`;
  const rows = await actAs(knex, actor, (trx) =>
    Membership.query(trx)
      .where({ territory_id, active: true })
      .where((who) => who.whereIn("role", roles).orWhereIn("user_id", others))
      .distinct("user_id")
      .orderBy("user_id"),
  );
  return rows.map(({ user_id }) => user_id);
}
