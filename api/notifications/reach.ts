import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import { Send } from "../../store/models/Send.ts";
import type { ServiceIdentity } from "../../store/people/services.ts";

/** Whether a send is the service's own and in a territory of the key that it calls with. */
export async function isInReach(
  knex: Knex,
  { serviceId, territories }: ServiceIdentity,
  id: string,
): Promise<boolean> {
  const send = await actAs(knex, `service:${serviceId}`, (trx) =>
    Send.query(trx).findById(id).select("territory_id"),
  );
  return send !== undefined && territories.has(send.territory_id);
}
