import { isLive } from "../../store/people/keys.ts";
import type { ServiceKey } from "../../store/models/Service.ts";
import type { Key } from "./schema.ts";

/** A key as admins see it: never its secret. */
export const presentKey = (key: ServiceKey): Key => ({
  key_id: key.id,
  service_id: key.service_id,
  territory_ids: key.territory_ids,
  subject_origins: key.subject_origins,
  state: key.revoked_at !== null ? "revoked" : isLive(key) ? "live" : "expired",
  created_at: key.created_at.toISOString(),
  expires_at: key.expires_at?.toISOString() ?? null,
  revoked_at: key.revoked_at?.toISOString() ?? null,
  last_used_at: key.last_used_at?.toISOString() ?? null,
});
