import { createLocalBridge } from "../../channels/websocket/local-bridge.ts";
import type { Knex } from "knex";
import { createPersist } from "../../activities/arrival/persist.ts";
import { createAccept } from "../../api/notifications/accept.ts";
import { SendBody } from "../../api/notifications/schema.ts";
import type { Config } from "../../config/env.ts";
import { createLog } from "../../config/log.ts";
import { createRedactor, type Redactor } from "../../redaction/threads/redactor.ts";
import { receive } from "../../store/transitions/receive.ts";
import { leafOf, type LeafRow } from "../../store/audit/leaf.ts";
import { actAs } from "../../store/db/knex.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { loadInstallationKey } from "../../store/crypto/secrets.ts";
import { median } from "./measure.ts";
import type { Recipient } from "./people.ts";

/** Compares sends that are taken in, persisted and received with the same sends without their inserts into the record. */
export async function auditShare(
  knex: Knex,
  config: Config,
  to: Recipient | undefined,
  count: number,
): Promise<string> {
  if (to === undefined) throw new Error("there is nobody to send to");
  const redactor = createRedactor();
  const recorded = await sender(knex, config, redactor, to);
  const bare = await sender(withoutRecord(knex), config, redactor, to);
  const times = { recorded: [] as number[], bare: [] as number[] };
  const timed = async (send: () => Promise<void>): Promise<number> => {
    const start = performance.now();
    await send();
    return performance.now() - start;
  };
  for (let n = 0; n < 20 + count; n += 1) {
    const [a, b] = [await timed(recorded), await timed(bare)];
    if (n < 20) continue;
    times.recorded.push(a);
    times.bare.push(b);
  }
  await redactor.stop();
  const [a, b] = [median(times.recorded), median(times.bare)];
  return `  ${a.toFixed(2)} ms with it, ${b.toFixed(2)} ms without: ${((100 * (a - b)) / a).toFixed(0)} % (asked: at most 25 %)`;
}

async function sender(
  knex: Knex,
  config: Config,
  redactor: Redactor,
  { userId, territoryId }: Recipient,
): Promise<() => Promise<void>> {
  const vault = createVault(config.masterKeys);
  const accept = createAccept({ knex, vault, secrets: await loadInstallationKey(knex, vault) });
  const persist = createPersist({
    knex,
    vault,
    redactor,
    log: createLog("silent"),
    channels: { names: () => ["websocket"] },
    bridge: createLocalBridge(),
    onSettled: () => undefined,
  });
  const key = await actAs(knex, "sign-in", (trx) =>
    trx("service_keys").where({ id: "demo" }).first("service_id"),
  );
  const service = { serviceId: key.service_id, keyId: "demo", territories: new Set([territoryId]) };
  const message = "Potassium 6.8 mmol/L on the sample of 06:10";
  const body = {
    ...SendBody.parse({ user_id: userId, territory_id: territoryId, message }),
    role: null,
    lane: "ordinary" as const,
  };
  return async () => {
    const { id } = await accept(service, body, body, undefined);
    await persist(id);
    await receive(knex, userId, { after: 0, to: Number.MAX_SAFE_INTEGER }, { after: 0, to: 0 });
  };
}

type Given = Omit<LeafRow, "id" | "epoch" | "xid" | "at" | "leaf">;

/** An event as PostgreSQL would answer it. */
function asWritten(given: Given, index: number): LeafRow {
  const row = { ...given, id: index, epoch: 1, xid: "1", at: "0", leaf: Buffer.alloc(0) };
  return { ...row, leaf: leafOf(row) };
}

/** The same database, except that inserts into the record are not made. */
function withoutRecord(knex: Knex): Knex {
  const passOver = { insert: (given: Given[]) => ({ returning: () => given.map(asWritten) }) };
  return new Proxy(knex, {
    get: (target, name) => {
      if (name !== "transaction") return Reflect.get(target, name);
      return (work: (trx: Knex.Transaction) => Promise<unknown>) =>
        target.transaction((trx) =>
          work(
            new Proxy(trx, {
              apply: (call, self, args: unknown[]) =>
                args[0] === "audit_events" ? passOver : Reflect.apply(call, self, args),
            }),
          ),
        );
    },
  });
}
