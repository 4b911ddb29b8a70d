import { type AuditConfig, parseAuditEnv } from "../config/audit.ts";
import { CannotRun } from "./place.ts";

/** How the environment has the audit record sealed. @throws CannotRun */
export function auditConfig(): AuditConfig {
  const faults: string[] = [];
  const config = parseAuditEnv(process.env, faults);
  if (faults.length > 0) throw new CannotRun(faults.join("\n"));
  return config;
}
