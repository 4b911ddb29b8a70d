import {
  GuardedChange,
  GuardedSettings,
  type PendingChange as Row,
} from "../../store/people/pending-changes.ts";
import type { PendingChange } from "./schema.ts";

/** A pending change as admins see it. */
export const presentChange = ({
  id,
  kind,
  subject_id,
  change,
  asked_by,
  asked_at,
  expires_at,
}: Row): PendingChange => ({
  change_id: id,
  kind,
  subject_id,
  change: kind === "person" ? GuardedChange.parse(change) : GuardedSettings.parse(change),
  asked_by,
  asked_at: asked_at.toISOString(),
  expires_at: expires_at.toISOString(),
});
