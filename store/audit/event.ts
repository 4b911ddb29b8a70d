/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Who did what to which object, and how it ended; ids, codes and counts only, never message text. */
export interface AuditEvent {
  action: `${string}.${string}`;
  outcome: "ok" | "denied" | "failed";
  territoryId?: string | null;
  objectId?: string | null;
  payload?: Record<string, Json>;
}
