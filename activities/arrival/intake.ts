import type { Transaction } from "../../store/db/knex.ts";
import { Send } from "../../store/models/Send.ts";
import { TerritorySettings } from "../../store/settings.ts";

/** A send, and how its territory wants it handled; null where there is none of this id. */
export async function readIntake(
  trx: Transaction,
  id: string,
): Promise<{ send: Send; settings: TerritorySettings } | null> {
  const found = await Send.query(trx)
    .findById(id)
    .join("territories", "territories.id", "sends.territory_id")
    .select("sends.*", "territories.settings")
    .castTo<(Send & { settings: unknown }) | undefined>();
  return found === undefined ? null : { send: found, settings: TerritorySettings.parse(found.settings) };
}
