import type { Knex } from "knex";
import { sendOwnText } from "../channels/own-text.ts";
import { LIVE } from "../channels/contract.ts";
import type { Registry } from "../channels/registry.ts";
import type { Logger } from "../config/log.ts";
import { record } from "../store/audit/record.ts";
import { actAs } from "../store/db/knex.ts";
import { User } from "../store/models/User.ts";
import { type Address, addressesOf } from "../store/people/contacts.ts";

export interface TellAdminsDeps {
  knex: Knex;
  channels: Pick<Registry, "get" | "names">;
  log: Pick<Logger, "error">;
}

/**
 * Tells the installation's administrators, by every channel outside on which they have an address, that an alert of a territory waits and that
 * nobody there can be told of it. They see ids and counts alone, so it says no more. Each telling goes on record.
 */
export async function tellAdmins(
  { knex, channels, log }: TellAdminsDeps,
  alert: { id: string; territoryId: string },
): Promise<void> {
  const text = {
    title: "An alert is unanswered, and nobody can be told of it",
    text: `Nobody who should be told of an alert in ${alert.territoryId} can be reached: its people have left or are disabled. It is listed under Unanswered.`,
  };
  const tell = async ({ userId, channel, address }: Address): Promise<string | null> => {
    const running = channels.get(channel);
    const to = running?.address(address) ?? null;
    if (running === undefined || to === null) return null;
    const { status } = await sendOwnText(running, { userId, address: to }, { purpose: "account", ...text });
    return status === "accepted" || status === "delivered" ? userId : null;
  };
  const outside = channels.names().filter((name) => name !== LIVE);
  const told = await Promise.all((await waysOfAdmins(knex, outside)).map(tell));
  const people = new Set(told.filter((userId) => userId !== null)).size;
  if (people === 0)
    log.error(
      { id: alert.id, territory: alert.territoryId },
      "an alert is unanswered and nobody can be told of it",
    );
  const actor = `worker:${alert.id}` as const;
  await actAs(knex, actor, (trx) =>
    record(trx, actor, {
      action: "notification.escalate",
      outcome: people === 0 ? "failed" : "ok",
      territoryId: alert.territoryId,
      objectId: alert.id,
      payload: { to: "admins", people },
    }),
  );
}

/** The administrators' verified addresses on some channels. Who has none for email is written to where their account is. */
async function waysOfAdmins(knex: Knex, channels: string[]): Promise<Address[]> {
  return await actAs(knex, "relay", async (trx) => {
    const admins = await User.query(trx).select("id", "email");
    const ways = await addressesOf(
      trx,
      admins.map(({ id }) => id),
      channels,
    );
    const hasEmail = new Set(ways.filter(({ channel }) => channel === "email").map(({ userId }) => userId));
    const accounts = channels.includes("email") ? admins.filter(({ id }) => !hasEmail.has(id)) : [];
    return [...ways, ...accounts.map(({ id, email }) => ({ userId: id, channel: "email", address: email }))];
  });
}
