import type { NotificationDto } from "../contract.ts";
import { canSelect } from "./bulk.ts";

/** What a row knows of the selection. */
export interface Choice {
  chosen: boolean;
  /** Whether any is selected, so that every row offers it. */
  choosing: boolean;
  toggle: () => void;
}

/** The notifications that somebody selected. */
export class Selection {
  ids = $state.raw<ReadonlySet<string>>(new Set());

  toggle(id: string): void {
    const ids = new Set(this.ids);
    if (!ids.delete(id)) ids.add(id);
    this.ids = ids;
  }

  /** Selects these as well, without those that can't be. */
  add(notifications: readonly NotificationDto[]): void {
    this.ids = new Set([...this.ids, ...notifications.filter(canSelect).map((one) => one.notification_id)]);
  }

  clear(): void {
    if (this.ids.size > 0) this.ids = new Set();
  }
}
