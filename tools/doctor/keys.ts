import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { parseAuditEnv } from "../../config/audit.ts";
import { findCheckpoint, rawPublicKey } from "../../store/audit/checkpoint.ts";
import { ownAuditKey, trustedAuditKeys } from "../../store/audit/key.ts";
import { MasterKeyError, opensInstallationKey } from "../../store/crypto/secrets.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { actAs } from "../../store/db/knex.ts";
import { CannotRun } from "../place.ts";
import { fault, type Finding, ok, warn } from "./finding.ts";
import { onDatabase, type Site } from "./site.ts";

/** The master keys open what is there, and the audit key is that of the record. */
export async function keys(site: Site, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const vault = createVault(await site.masterKeys());
  return await onDatabase(site, async (knex) => [
    await master(() => opensInstallationKey(knex, vault)),
    await audit(async () => (await actAs(knex, "sealer", (trx) => findCheckpoint(trx)))?.publicKey ?? null),
  ]);

  async function master(opens: () => Promise<boolean>): Promise<Finding> {
    try {
      return (await opens())
        ? ok("master key", "It opens what is in this database.")
        : warn("master key", "The database holds nothing sealed yet.", "Start a node on it.");
    } catch (error) {
      if (!(error instanceof MasterKeyError)) throw error;
      return fault("master key", error.message, "Until then no node starts.");
    }
  }

  async function audit(newest: () => Promise<Buffer | null>): Promise<Finding> {
    const faults: string[] = [];
    const config = parseAuditEnv({ ...env, ...(site.embedded ? { TOCSIN_EMBEDDED: "1" } : {}) }, faults);
    if (faults.length > 0) throw new CannotRun(faults.join("; "));
    const own = await ownAuditKey(config);
    if (own === null)
      return fault(
        "audit key",
        "There is none.",
        "Set TOCSIN_AUDIT_KEY, the same on every node (docs/audit.md).",
      );
    const sealer = await newest();
    if (sealer !== null && !(await trustedAuditKeys(config)).some((key) => key.equals(sealer)))
      return fault(
        "audit key",
        "The newest checkpoint was signed by a key that is neither this one nor trusted.",
        "Put the former key back, or name it in TOCSIN_AUDIT_TRUSTED_KEYS (docs/audit.md).",
      );
    if (config.key === null && !config.keyMayBeMade)
      return warn(
        "audit key",
        `TOCSIN_AUDIT_KEY is not set: ${config.keyFile} is of this node alone.`,
        "Set it, the same on every node, and keep it away from the database.",
      );
    if (isBesideMaster(env))
      return warn(
        "audit key",
        "It lies in the master key's folder: whoever gets that one folder, and the database, reads originals and writes another record.",
        "Give each a volume of its own (docs/keys.md).",
      );
    return ok("audit key", `It is the record's: ${rawPublicKey(own).toString("hex").slice(0, 16)}….`);
  }
}

/** Whether both keys are files of one folder. A master key that a service has wrapped opens nothing by itself. */
function isBesideMaster({
  TOCSIN_KMS,
  TOCSIN_MASTER_KEY_FILE: master,
  TOCSIN_AUDIT_KEY_FILE: audit,
}: NodeJS.ProcessEnv): boolean {
  if (TOCSIN_KMS || !master || !audit) return false;
  return realpathSync(dirname(master)) === realpathSync(dirname(audit));
}
