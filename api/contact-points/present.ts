import type { ContactPoint as Row } from "../../store/people/contacts.ts";
import type { ContactPoint } from "./schema.ts";

/** A contact point, as its person sees it. */
export const presentContact = (row: Row): ContactPoint => ({
  channel: row.channel,
  address: row.verified_at === null ? null : row.address,
  verified_at: row.verified_at?.toISOString() ?? null,
  pending_address: row.pending_address,
  code_expires_at: row.code_expires_at?.toISOString() ?? null,
});
