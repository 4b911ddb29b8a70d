import { type AuditConfig, parseAuditEnv } from "../config/audit.ts";
import { rawPublicKey } from "../store/audit/checkpoint.ts";
import { ownAuditKey } from "../store/audit/key.ts";
import { CannotRun } from "./place.ts";

/** How the environment has the audit record sealed. @throws CannotRun */
export function auditConfig(): AuditConfig {
  const faults: string[] = [];
  const config = parseAuditEnv(process.env, faults);
  if (faults.length > 0) throw new CannotRun(faults.join("\n"));
  return config;
}

/** The public keys whose signatures count: that of the audit key that is there, and those that TOCSIN_AUDIT_TRUSTED_KEYS names; raw. */
export async function trustedKeys(config: AuditConfig): Promise<Buffer[]> {
  const own = await ownAuditKey(config);
  return own === null ? config.trusted : [rawPublicKey(own), ...config.trusted];
}
