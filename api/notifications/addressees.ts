import type { Knex } from "knex";
import type { Lane } from "../../channels/contract.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { Topic } from "../../store/models/Topic.ts";
import { onCallOf, onCallOfEach } from "../../store/people/on-call.ts";
import type { ServiceIdentity } from "../../store/people/services.ts";
import { invalid, type Problem } from "../http/errors.ts";
import type { SendBody } from "./schema.ts";

/** A send to one person, or (user null) to everybody of a territory, or to those with a role in it, or of a topic. */
export type Intake = Omit<SendBody, "user_id" | "to"> & {
  /** Where it asks for an on-call role, it is not known yet. */
  user_id: string | null;
  role: string | null;
  onCallRole: string | null;
  topic: string | null;
  isBroadcast: boolean;
  lane: Lane;
};

/**
 * Whom a send is for, as far as that goes by who is on call at its time. Where it can reach nobody, it is good only as the repeat of an
 * earlier call, and the fault says why.
 */
export interface Addressees {
  /** No one's id where nobody has the role. */
  user_id: string | null;
  /** Whoever has the on-call roles of its topic; null where it has none. */
  people: string[] | null;
  /** It is the fallback's, since nobody who can be reached has their turn. */
  gap?: true;
  fault: Problem | null;
}

/** Finds out who has the on-call role, or those of the topic, that a send asks for. */
export async function addresseesOf(
  knex: Knex,
  service: ServiceIdentity,
  intake: Intake,
): Promise<Addressees> {
  if (intake.topic !== null)
    return { user_id: null, people: await onCallIn(knex, service, intake, intake.topic), fault: null };
  if (intake.onCallRole !== null) return await holderOf(knex, service, intake, intake.onCallRole);
  return { user_id: intake.user_id, people: null, fault: null };
}

type Where = Pick<Intake, "territory_id" | "send_at">;

async function holderOf(
  knex: Knex,
  { serviceId }: ServiceIdentity,
  { territory_id, send_at }: Where,
  role: string,
): Promise<Addressees> {
  const actor = `service:${serviceId}` as const;
  const holder = await actAs(knex, actor, (trx) => onCallOf(trx, actor, territory_id, role, send_at ?? null));
  if (holder !== null && holder.person !== null)
    return { user_id: holder.person.id, people: null, ...(holder.gap && { gap: true }), fault: null };
  const message =
    holder === null
      ? "is not an on-call role of that territory"
      : "nobody who can be reached has it then, and its schedule has no fallback who can";
  return { user_id: "", people: null, fault: invalid([{ path: "/to/role", message }]) };
}

/** Whoever has the on-call roles of a topic; a role that nobody has, or that is gone, reaches nobody. */
async function onCallIn(
  knex: Knex,
  { serviceId }: ServiceIdentity,
  { territory_id, send_at }: Where,
  topic: string,
): Promise<string[]> {
  const actor: Actor = `service:${serviceId}`;
  return await actAs(knex, actor, async (trx) => {
    const asked = await Topic.query(trx).findOne({ territory_id, topic, deleted_at: null });
    const roles = asked?.roles ?? [];
    if (roles.length === 0) return [];
    const holders = await onCallOfEach(trx, actor, territory_id, roles, send_at ?? null);
    const people = [...holders.values()].flatMap(({ person }) => (person === null ? [] : [person.id]));
    return [...new Set(people)];
  });
}
