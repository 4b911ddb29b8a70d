import type { InboxCounts, NotificationDto } from "../../contract.ts";
import type { ActAnswer, InboxPage, InboxStore, SocketOwner, Stretch } from "../ports.ts";

/** An inbox in memory, with the promises of the real one: one counter, and one stamp per notification. */
export class MemoryInbox implements InboxStore {
  /** While true, every call fails, as when PostgreSQL is away. */
  away = false;
  /** Bytes of each message. */
  messageBytes = 20;
  seq = 0;
  /** Where a page has seen everything up to; the position unless a test says otherwise. */
  seenTo: number | null = null;
  readonly receipts: { from: number; to: number }[] = [];
  readonly seen: Stretch[] = [];
  reads = 0;
  readonly #notifications = new Map<string, NotificationDto>();
  readonly #delivered = new Set<string>();

  /** An arrival, or a change of a notification that has arrived. */
  change(id: string, fields: Partial<NotificationDto> = {}): { seq: number; id: string } {
    const before = this.#notifications.get(id) ?? this.#fresh(id);
    const seq = ++this.seq;
    this.#notifications.set(id, { ...before, ...fields, seq });
    return { seq, id };
  }

  #fresh(id: string): NotificationDto {
    return {
      notification_id: id,
      seq: 0,
      user_id: "person-1",
      territory_id: "territory-1",
      sender: null,
      category: "system_message",
      priority: "normal",
      title: null,
      message: "x".repeat(this.messageBytes),
      status: "sent",
      created_at: "2026-01-01T00:00:00.000Z",
      expires_at: null,
      snoozed_until: null,
      read_at: null,
      acknowledged_at: null,
      acknowledged_by: null,
      acknowledge_note: null,
      times: 1,
      last_at: null,
      told_again_at: null,
      told_as_critical: false,
      resolved_at: null,
      resolved_by: null,
      replaces: null,
      replaced_at: null,
      replaced_by: null,
      declined_at: null,
      decline_reason: null,
      read_back: false,
      unacknowledge_until: null,
      completion_due_at: null,
      completed_at: null,
      dismissed_at: null,
      next_step: null,
      escalated_from: null,
      first_recipient: null,
      covers_for: [],
      items: null,
      broadcast: null,
    };
  }

  async position(_identity: SocketOwner): Promise<number> {
    await this.#reach();
    return this.seq;
  }

  async begin(_identity: SocketOwner): Promise<{ position: number; seenTo: number; counts: InboxCounts }> {
    await this.#reach();
    return { position: this.seq, seenTo: this.seenTo ?? this.seq, counts: this.#count() };
  }

  async changesAfter(_identity: SocketOwner, after: number, limit: number): Promise<InboxPage> {
    this.reads++;
    await this.#reach();
    const all = [...this.#notifications.values()].filter((one) => one.seq > after);
    const changes = all.sort((a, b) => a.seq - b.seq).slice(0, limit);
    return { changes, counts: this.#count() };
  }

  #count(): InboxCounts {
    const all = [...this.#notifications.values()];
    const open = all.filter(({ status }) => !["dismissed", "expired", "cancelled"].includes(status));
    return {
      unacknowledged_critical: open.filter(
        ({ priority, status }) => priority === "critical" && status !== "acknowledged",
      ).length,
      unread: open.filter(({ status }) => status === "sent" || status === "delivered").length,
      open: open.length,
    };
  }

  async received(_identity: SocketOwner, device: Stretch, seen: Stretch): Promise<string[]> {
    await this.#reach();
    const { after: from, to } = device;
    if (to > from) this.receipts.push({ from, to });
    if (seen.to > seen.after) this.seen.push(seen);
    const theirs = [...this.#notifications.values()].filter((one) => one.seq > from && one.seq <= to);
    const fresh = theirs.map((one) => one.notification_id).filter((id) => !this.#delivered.has(id));
    for (const id of fresh) this.#delivered.add(id);
    return fresh;
  }

  async acknowledge(_identity: SocketOwner, id: string): Promise<ActAnswer> {
    await this.#reach();
    if (!this.#notifications.has(id)) return "not_found";
    this.change(id, { status: "acknowledged" });
    return "ok";
  }

  async dismiss(_identity: SocketOwner, id: string): Promise<ActAnswer> {
    await this.#reach();
    const found = this.#notifications.get(id);
    if (found === undefined) return "not_found";
    if (found.priority === "critical") return "conflict";
    this.change(id, { status: "dismissed" });
    return "ok";
  }

  async #reach(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.away) throw new Error("the store is away");
  }
}
