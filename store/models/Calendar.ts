import type { UnreadEvent } from "../../on-call/calendar/read.ts";
import type { Sealed } from "../crypto/vault.ts";
import { BaseModel } from "./base.ts";

/** Whence a schedule's shifts are read in: a file once, or an address again and again. */
export class ScheduleCalendar extends BaseModel {
  static override tableName = "schedule_calendars";
  declare schedule_id: string;
  declare territory_id: string;
  /** The address, sealed; null for a file. */
  declare key_id: string | null;
  declare wrapped_key: Buffer | null;
  declare sealed: Buffer | null;
  declare host: string | null;
  declare etag: string | null;
  declare last_modified: string | null;
  /** When the source was last known to be as it was read. */
  declare read_at: Date;
  /** When it was read as a whole. */
  declare parsed_at: Date;
  declare reads_until: Date;
  /** SHA-256 of the shifts. */
  declare digest: Buffer;
  declare next_read_at: Date | null;
  declare failing_since: Date | null;
  /** A code: why the last reading failed. */
  declare failure: string | null;
  declare told_at: Date | null;
  /** How many events make no shift, and the first of them. */
  declare unknown_count: number;
  declare unknown: UnreadEvent[];
  /** Whom the titles of events mean, by their ids, as they were first read. */
  declare titles: Record<string, string>;
  declare created_at: Date;

  static override get jsonAttributes(): string[] {
    return ["unknown", "titles"];
  }
}

/** The sealed address of a calendar; null for one of a file. */
export const addressIn = ({ key_id, wrapped_key, sealed }: ScheduleCalendar): Sealed | null =>
  key_id === null || wrapped_key === null || sealed === null ? null : { key_id, wrapped_key, sealed };

/** A while that a calendar gives to somebody. */
export class CalendarShift extends BaseModel {
  static override tableName = "calendar_shifts";
  declare calendar_id: string;
  declare schedule_id: string;
  declare territory_id: string;
  declare user_id: string;
  declare starts_at: Date;
  declare ends_at: Date;
}
