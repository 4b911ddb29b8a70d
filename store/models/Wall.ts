import { BaseModel } from "./base.ts";

/** Why a screen shows nothing any more. */
export const WALL_ENDS = [
  "ended",
  "expired",
  "unused",
  "granter_disabled",
  "granter_no_admin",
  "territory_archived",
  "token_reused",
] as const;
export type WallEnd = (typeof WALL_ENDS)[number];

/** A screen on a wall that shows what waits in one territory. */
export class Wall extends BaseModel {
  static override tableName = "walls";
  declare territory_id: string;
  /** Where it hangs, as its admin calls it. */
  declare name: string;
  declare granted_by: string;
  declare granted_at: Date;
  /** Null once it was opened. */
  declare code_hash: Buffer | null;
  declare code_expires_at: Date;
  declare opened_at: Date | null;
  declare expires_at: Date | null;
  declare last_seen_at: Date | null;
  declare token_hash: Buffer | null;
  declare token_since: Date | null;
  declare next_hashes: Buffer[];
  declare next_since: Date | null;
  declare before_hash: Buffer | null;
  declare dead_hashes: Buffer[];
  declare ended_at: Date | null;
  declare ended_by: string | null;
  declare ended_why: WallEnd | null;
}
