import type { Knex } from "knex";
import { type AuditEvent, record } from "../../store/audit/record.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { LOCKS } from "../../store/db/locks.ts";
import type { Directory } from "../../store/people/scim-tokens.ts";
import type { Done } from "../middleware/on-record.ts";
import { createOneByOne } from "../middleware/one-by-one.ts";
import { toScimError } from "./error.ts";

/** The actor that a directory is. */
export const actorOf = ({ tokenId }: Directory): Actor => `scim:${tokenId}`;

/** Acts of directories that go on or wait at a node. */
const MOST = 200;

/**
 * Runs one act of a directory in one transaction with its record, which names the token.
 * @throws every error of `work`, and Throttled
 */
export type AsDirectory = <T>(
  directory: Directory,
  action: AuditEvent["action"],
  work: (trx: Transaction) => Promise<Done<T>>,
) => Promise<T>;

/**
 * Acts of directories. One change of who is who comes after the other, as those of admins do; those of directories stand in one line here
 * before that, so that of a node's connections one alone waits for its turn.
 */
export function createDirectoryActs(knex: Knex): AsDirectory {
  const oneByOne = createOneByOne(MOST);
  return async (directory, action, work) =>
    await oneByOne("directories", async () => {
      const actor = actorOf(directory);
      return await actAs(knex, actor, async (trx) => {
        await trx.raw("SELECT pg_advisory_xact_lock(?)", [LOCKS.administer]);
        const { result, event } = await work(trx);
        await record(trx, actor, {
          ...{ action, outcome: "ok" },
          ...event,
          payload: { token: directory.name, ...event.payload },
        });
        return result;
      });
    });
}

/** Puts on record that a directory was refused an act, also where its call could not be read. */
export async function recordRefusal(
  knex: Knex,
  directory: Directory,
  action: AuditEvent["action"],
  error: unknown,
): Promise<void> {
  const { status, scimType } = toScimError(error);
  if (status >= 500) return;
  const actor = actorOf(directory);
  const payload = { token: directory.name, status, problem: scimType };
  await actAs(knex, actor, (trx) => record(trx, actor, { action, outcome: "denied", payload }));
}
