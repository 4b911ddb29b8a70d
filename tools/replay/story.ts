import type { Knex } from "knex";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { Delivery } from "../../store/models/Delivery.ts";
import { Notification } from "../../store/models/Notification.ts";
import { Send } from "../../store/models/Send.ts";
import { reasonInWords } from "./reasons.ts";

/** Most rows of a kind that are told; a broadcast has thousands. */
const MOST = 40;

/** What became of a notification or a broadcast, and why, from PostgreSQL: lines with ids, codes and times, never with what somebody wrote. */
export async function story(knex: Knex, rootId: string): Promise<string[]> {
  const rows = await actAs(knex, `worker:${rootId}`, async (trx) => ({
    send: await Send.query(trx).select("user_id", "on_call_role", "topic", "send_at").findOne({ id: rootId }),
    family: await Notification.query(trx)
      .select("id", "user_id", "status", "category", "priority", "created_at", "escalated_from", "covers_for")
      .select("acknowledged_at", "acknowledged_by", "next_step_at")
      .where({ id: rootId })
      .orWhere({ escalated_from: rootId })
      .orderBy("created_at")
      .limit(MOST),
    deliveries: await deliveriesOf(trx, rootId),
    events: await eventsOf(trx, rootId),
  }));
  return [
    ...rows.family.map(describe),
    ...askedFor(rows.send),
    ...section("Deliveries", rows.deliveries.map(describeDelivery)),
    ...section("What happened", rows.events.map(describeEvent)),
    ...section("Steps, and who was on call", await steps(knex, rootId)),
  ];
}

const section = (title: string, lines: string[]): string[] =>
  lines.length === 0 ? [] : ["", title, ...lines.slice(0, MOST).map((line) => `  ${line}`), ...more(lines)];
const more = (lines: string[]): string[] => (lines.length > MOST ? ["  … and more"] : []);

const deliveriesOf = (trx: Transaction, rootId: string): Promise<Delivery[]> =>
  Delivery.query(trx)
    .where({ notification_id: rootId })
    .orWhereIn("notification_id", Notification.query(trx).select("id").where({ escalated_from: rootId }))
    .orderBy([{ column: "round" }, { column: "created_at" }, { column: "position" }])
    .limit(MOST + 1)
    .execute();

interface TimelineRow {
  notification_id: string;
  channel: string | null;
  status: string;
  reason: string | null;
  attempt: number | null;
  at: Date;
}

async function eventsOf(trx: Transaction, rootId: string): Promise<TimelineRow[]> {
  const rows: TimelineRow[] = await trx("delivery_events")
    .select("notification_id", "channel", "status", "reason", "attempt", "at")
    .where({ notification_id: rootId })
    .orWhereIn("notification_id", trx("notifications").select("id").where({ escalated_from: rootId }))
    .orderBy("at")
    .limit(MOST + 1);
  return rows;
}

const time = (at: Date): string => at.toISOString().replace("T", " ").replace("Z", " UTC");

function describe(one: Notification): string {
  const { id, escalated_from: from, category, priority, status, user_id: user } = one;
  const whom = user === null ? "an alert that stands for a broadcast" : `for ${user}`;
  const covers = one.covers_for.length > 0 ? `, as delegate of ${one.covers_for.join(", ")}` : "";
  const kind = from === null ? `${priority} ${category}` : "copy";
  const next = one.next_step_at === null ? "" : `; next step ${time(one.next_step_at)}`;
  const by =
    one.acknowledged_at === null
      ? ""
      : ` ${time(one.acknowledged_at)}${one.acknowledged_by === null ? "" : ` by ${one.acknowledged_by}`}`;
  return `${id}  ${kind} ${whom}${covers}: ${status}${by}${next}`;
}

function askedFor(send: Send | undefined): string[] {
  if (send === undefined) return [];
  const { on_call_role: role, topic, send_at: at, user_id: user } = send;
  return [
    ...(role === null ? [] : [`Sent to whoever was on call as ${role}: ${user ?? "nobody"}.`]),
    ...(topic === null ? [] : [`Sent to the topic ${topic}.`]),
    ...(at === null ? [] : [`Not before ${time(at)}, as its sender asked.`]),
  ];
}

function describeDelivery(one: Delivery): string {
  const { channel, status, reason, attempts, hold_until: hold, user_id: user } = one;
  const been = hold !== null && hold < new Date() ? "was " : "";
  const held = hold === null ? "" : `, ${been}held by quiet hours until ${time(hold)}`;
  const why = reason === null ? "" : `: ${reasonInWords(reason)}`;
  const tries = `${attempts} attempt${attempts === 1 ? "" : "s"}`;
  return `${channel.padEnd(10)} to ${user}  ${status}${why}${held}, ${tries}, last ${time(one.updated_at)}`;
}

function describeEvent({ at, channel, status, reason, attempt }: TimelineRow): string {
  const number =
    attempt === null ? "" : status === "escalated" ? ` step ${attempt}` : ` (attempt ${attempt})`;
  const why = reason === null ? "" : `: ${reasonInWords(reason)}`;
  return `${time(at)}  ${(channel ?? "").padEnd(10)} ${status}${number}${why}`;
}

interface Step {
  at: Date;
  outcome: string;
  payload: { step: number; to: string; role?: string; user_id?: string; topic?: string; people?: number };
}

/** Whom each step told, from the record: who was on call then is known nowhere else. */
async function steps(knex: Knex, rootId: string): Promise<string[]> {
  const rows = await actAs(knex, "sealer", async (trx) => {
    const found: Step[] = await trx("audit_events")
      .select("at", "outcome", "payload")
      .where({ object_id: rootId, action: "notification.escalate" })
      .orderBy("id")
      .limit(MOST + 1);
    return found;
  });
  return rows.map(({ at, payload: { step, to, role, user_id: user, topic, people } }) => {
    const whom =
      role !== undefined
        ? `whoever was on call as ${role}: ${user ?? "nobody"}`
        : topic !== undefined
          ? `the topic ${topic}`
          : to;
    return `${time(at)}  step ${step}: ${whom}${people === undefined ? "" : `, ${people} told`}`;
  });
}
