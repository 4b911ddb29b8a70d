import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Priority } from "../../channels/contract.ts";
import { must } from "../../config/must.ts";
import { actAs } from "../db/knex.ts";
import { act, type Act, type ActResult } from "./act.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { closeAlert } from "./close-alert.ts";
import { cancel } from "./withdraw.ts";

describe("an act", () => {
  let hospital: Hospital;
  beforeAll(async () => {
    hospital = await createHospital({ max: 10 });
  });
  afterAll(() => hospital.close());

  type Kind = Exclude<Act["kind"], "snooze" | "decline">;
  const does = (person: string, id: string, kind: Kind): Promise<ActResult> =>
    act(hospital.knex, person, id, { kind });
  const count = async (sql: string, id: string): Promise<number> => (await hospital.asOwner(sql, id)).length;
  const records = (id: string) =>
    count(
      "SELECT FROM audit_events WHERE object_id = $1 AND actor LIKE 'user:%' AND action <> 'delivery.receive'",
      id,
    );

  /** In short: the status after it, `=` where nothing changed, or `conflict`. */
  function summary(result: ActResult): string {
    if (result.kind !== "done") return result.kind;
    return result.changes.length === 0 ? `= ${result.notification.status}` : result.notification.status;
  }

  it("says whether its alert waited for a step, so that nobody tells a workflow that has nothing to hear", async () => {
    const waited = async (id: string, kind: Kind) => {
      const result = await does("north-1", id, kind);
      return result.kind === "done" && result.waits;
    };
    const alert = await hospital.notify("north-1", { priority: "critical" });
    const other = await hospital.notify("north-1", { priority: "normal" });
    expect([await waited(alert, "acknowledge"), await waited(alert, "dismiss")]).toEqual([true, false]);
    expect([await waited(other, "acknowledge"), await waited(other, "dismiss")]).toEqual([false, false]);
    const service = hospital.services.north.id;
    const cancelled = async (id: string) => await cancel(hospital.knex, service, id);
    const critical = await hospital.notify("north-1", { priority: "critical" });
    const later = await hospital.accept("north-1", { send_at: new Date(Date.now() + 3_600_000) });
    expect(await cancelled(critical)).toMatchObject({ waits: true });
    expect(await cancelled(later)).toMatchObject({ waits: true });
    expect(await cancelled(await hospital.notify("north-1"))).toMatchObject({ waits: false });
  });

  it.each<[Priority, Kind[], string[]]>([
    ["normal", ["read", "acknowledge", "dismiss"], ["read", "acknowledged", "dismissed"]],
    ["normal", ["dismiss", "dismiss", "acknowledge"], ["dismissed", "= dismissed", "conflict"]],
    ["normal", ["acknowledge", "acknowledge", "read"], ["acknowledged", "= acknowledged", "= acknowledged"]],
    ["high", ["read", "read", "dismiss", "read"], ["read", "= read", "dismissed", "= dismissed"]],
    ["critical", ["dismiss", "read", "dismiss"], ["conflict", "read", "conflict"]],
    ["critical", ["acknowledge", "dismiss", "dismiss"], ["acknowledged", "dismissed", "= dismissed"]],
  ])("on a %s notification: %j ends as %j", async (priority, kinds, expected) => {
    const id = await hospital.notify("north-1", { priority });
    const ends: string[] = [];
    let changes = 0;
    for (const kind of kinds) {
      const end = await does("north-1", id, kind);
      ends.push(summary(end));
      if (end.kind === "done") changes += end.changes.length;
    }
    expect(ends).toEqual(expected);
    expect(await records(id)).toBe(changes);
  });

  it("can't put a colleague's copy of an alert away before somebody acknowledged, so that no step finds it put away", async () => {
    const id = await hospital.notify("north-1", { priority: "high" });
    const rules = { steps: [{ after_seconds: 60, to: { user_id: "north-2" } }], repeat: 1, acknowledgers: 1 };
    const takeStep = async () => {
      await actAs(hospital.knex, `worker:${id}`, (trx) =>
        trx("notifications")
          .where({ id })
          .update({ escalation: JSON.stringify(rules), next_step_at: new Date() }),
      );
      await hospital.escalate(id);
    };
    await takeStep();
    expect(summary(await does("north-1", id, "dismiss"))).toBe("conflict");
    const copyOf = async () => {
      const [row] = await hospital.asOwner("SELECT * FROM notifications WHERE escalated_from = $1", id);
      return must(row, "copy");
    };
    const copy = String((await copyOf())["id"]);
    expect(summary(await does("north-2", copy, "dismiss"))).toBe("conflict");

    // One that was put away under former rules is open again once its person is told again.
    const owner = await hospital.owner("notifications");
    await owner.query("UPDATE notifications SET status = 'dismissed', dismissed_at = now() WHERE id = $1", [
      copy,
    ]);
    await takeStep();
    expect(await copyOf()).toMatchObject({ status: "read", dismissed_at: null });

    await does("north-1", id, "acknowledge");
    expect(summary(await does("north-2", copy, "dismiss"))).toBe("dismissed");
  });

  it.each(["high", "critical"] as const)(
    "of %s priority can be put away once a supervisor has closed its alert, unless that is critical: the recipient's and a copy alike",
    async (priority) => {
      const id = await hospital.notify("north-1", { priority });
      const rules = {
        steps: [{ after_seconds: 60, to: { user_id: "north-2" } }],
        repeat: 0,
        acknowledgers: 1,
      };
      await actAs(hospital.knex, `worker:${id}`, (trx) =>
        trx("notifications")
          .where({ id })
          .update({ escalation: JSON.stringify(rules), next_step_at: new Date() }),
      );
      await hospital.escalate(id);
      const [copy] = await hospital.asOwner("SELECT id FROM notifications WHERE escalated_from = $1", id);
      const both = async () => [
        summary(await does("north-1", id, "dismiss")),
        summary(await does("north-2", String(copy?.["id"]), "dismiss")),
      ];
      expect(await both()).toEqual(["conflict", "conflict"]);
      expect(await closeAlert(hospital.knex, "north-boss", id, "at the bedside")).not.toBeNull();
      const end = priority === "high" ? "dismissed" : "conflict";
      expect(await both()).toEqual([end, end]);
    },
  );

  it("draws the inbox's next number, and answers the notification with it", async () => {
    const id = await hospital.notify("north-1");
    const before = await hospital.asOwner("SELECT seq FROM inboxes WHERE user_id = 'north-1'");
    const result = await does("north-1", id, "acknowledge");
    const seq = Number(before[0]?.["seq"]) + 1;
    expect(result).toMatchObject({
      changes: [{ id, seq }],
      notification: { id, seq, status: "acknowledged" },
    });
    const [row] = await hospital.asOwner(
      "SELECT seq, status, read_at, acknowledged_by FROM notifications WHERE id = $1",
      id,
    );
    expect(row).toMatchObject({ seq, status: "acknowledged", acknowledged_by: "north-1" });
    expect(row?.["read_at"]).toBeInstanceOf(Date);
  });

  it("has no effect on an expired notification, and can't acknowledge it", async () => {
    const id = await hospital.notifyLate("north-1");
    expect(summary(await does("north-1", id, "read"))).toBe("= expired");
    expect(summary(await does("north-1", id, "dismiss"))).toBe("= expired");
    expect(await does("north-1", id, "acknowledge")).toEqual({
      kind: "conflict",
      detail: "It is expired already.",
    });
  });

  it("is the recipient's alone: colleagues, supervisors and another territory's people find nothing", async () => {
    const id = await hospital.notify("north-1");
    for (const person of ["north-2", "north-boss", "south-1", "south-boss", "admin", "nobody"]) {
      for (const kind of ["read", "acknowledge", "dismiss"] as const)
        expect(await does(person, id, kind), `${kind} by ${person}`).toEqual({ kind: "not_found" });
    }
    const [row] = await hospital.asOwner("SELECT status FROM notifications WHERE id = $1", id);
    expect(row).toEqual({ status: "sent" });
  });

  it("takes effect once when 20 sockets do it at the same time", async () => {
    const id = await hospital.notify("north-1", { priority: "critical" });
    const results = await Promise.all(Array.from({ length: 20 }, () => does("north-1", id, "acknowledge")));
    const changes = results.flatMap((result) => (result.kind === "done" ? result.changes : []));
    expect(results.every(({ kind }) => kind === "done")).toBe(true);
    expect(changes).toHaveLength(1);
    expect(await records(id)).toBe(1);
  });
});
