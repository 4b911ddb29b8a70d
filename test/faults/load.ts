import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { v5 as uuidv5 } from "uuid";
import { z } from "zod";
import { must } from "../../config/must.ts";
import { type Call, callUntilDone, REFUSED } from "./caller.ts";
import type { Devices } from "./devices.ts";
import type { Entry, Kind, Ledger } from "./ledger.ts";
import type { Member, Ward } from "./people.ts";

/** Something that the load does. */
export interface Act {
  kind: Kind;
  ward: number;
  to: number;
  /** For what is critical: who acknowledges it, so many ms after it was accepted. */
  answer: { by: "recipient" | "supervisor"; afterMs: number } | null;
  /** For what is taken back, or has a time: whether it is critical too; and when it is taken back, sent or over, in ms from its sending on. */
  urgent: boolean;
  ms: number;
  /** Its recipient's device goes to the other node first. */
  moves: boolean;
}

const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.oneof(
    { weight: 58, arbitrary: fc.constant("ordinary" as const) },
    { weight: 18, arbitrary: fc.constant("critical" as const) },
    { weight: 2, arbitrary: fc.constant("bulk" as const) },
    { weight: 1, arbitrary: fc.constant("broadcast" as const) },
    { weight: 1, arbitrary: fc.constant("critical broadcast" as const) },
    { weight: 8, arbitrary: fc.constant("taken back" as const) },
    { weight: 6, arbitrary: fc.constant("expiring" as const) },
    { weight: 6, arbitrary: fc.constant("for later" as const) },
  ),
  ward: fc.nat(1),
  to: fc.nat(4),
  answer: fc.option(
    fc.record({ by: fc.constantFrom("recipient" as const, "supervisor" as const), afterMs: fc.nat(9_000) }),
    { freq: 2 },
  ),
  urgent: fc.boolean(),
  ms: fc.nat(6_000),
  moves: fc.nat(19).map((of20) => of20 === 0),
});

/** Senders at work side by side, the pause of each between two sends (ms), and the items of a bulk. */
const SENDERS = 4;
const PAUSE = 250;
const BULK = 10;
/** Until what expires does so at the earliest; ms. */
const EXPIRES = 6_000;
/** Acts planned; the load begins anew at the first once it has done all. */
const PLANNED = 20_000;

const Sent = z.object({ notification_id: z.uuid() });
const BulkSent = z.object({ results: z.array(z.union([Sent, z.object({ problem: z.unknown() })])) });
const BroadcastSent = z.object({ broadcast_id: z.uuid() });

export interface Crowd {
  wards: Ward[];
  /** The service's key. */
  key: string;
  /** A node's address, for each. */
  urls: string[];
  devices: Devices;
}

/**
 * Sends, as a service that repeats each call under its key until it is accepted, and acknowledges, as people do; all of it is written
 * into the ledger.
 * @param always what all acts have in common
 * @param stop ends the load; calls that are under way go on
 * @param giveUp ends these too
 */
export async function bearLoad(
  { wards, key, urls, devices }: Crowd,
  {
    ledger,
    now,
    seed,
    always = {},
    stop,
    giveUp,
  }: {
    ledger: Ledger;
    now: () => number;
    seed: number;
    always?: Partial<Act>;
    stop: AbortSignal;
    giveUp: AbortSignal;
  },
): Promise<void> {
  const acts = fc.sample(act, { seed, numRuns: PLANNED }).map((one) => ({ ...one, ...always }));
  const answering: Promise<void>[] = [];
  let done = 0;

  const call = (made: Call): Promise<unknown> =>
    callUntilDone(urls, made, giveUp, (detail) => ledger.wrongAnswers.push(detail));
  const post = (path: string, body: object, refusals: number[] = []): Promise<unknown> =>
    call({
      path: `/api/notifications/${path}`,
      headers: { Authorization: `Bearer ${key}`, "Idempotency-Key": randomUUID() },
      body,
      refusals,
    });
  const enter = (kind: Kind, recipients: string[]): Entry => {
    const entry: Entry = {
      text: `${kind} message ${ledger.entries.length}`,
      kind,
      recipients,
      id: null,
      acceptedAt: null,
    };
    ledger.entries.push(entry);
    return entry;
  };
  const accept = (entry: Entry, id: string): void => {
    entry.id = id;
    entry.acceptedAt = now();
  };

  async function sendOne(
    { kind, answer, urgent, ms }: Act,
    { territory, supervisors }: Ward,
    to: Member,
  ): Promise<void> {
    const isCritical = kind === "critical" || (urgent && (kind === "taken back" || kind === "expiring"));
    const entry = enter(kind, [to.id]);
    if (kind === "for later") entry.sendAt = Date.now() + ms;
    if (kind === "expiring") entry.expiresAt = Date.now() + EXPIRES + ms;
    const body = {
      user_id: to.id,
      territory_id: territory,
      message: entry.text,
      priority: isCritical ? "critical" : "normal",
      ...(entry.sendAt === undefined ? {} : { send_at: new Date(entry.sendAt).toISOString() }),
      ...(entry.expiresAt === undefined ? {} : { expires_at: new Date(entry.expiresAt).toISOString() }),
    };
    // While nodes are away its time may pass.
    const sent = await post("send", body, kind === "expiring" ? [422] : []);
    if (sent === REFUSED) entry.refused = true;
    if (sent === null || sent === REFUSED) return;
    const { notification_id: id } = Sent.parse(sent);
    accept(entry, id);
    if (kind === "taken back") return void answering.push(delay(ms).then(() => takeBack(entry, id)));
    if (kind !== "critical" || answer === null || to.person === null) return;
    const supervisor = must(supervisors[to.id.length % supervisors.length], "supervisor");
    const by =
      answer.by === "recipient" ? { member: to, id } : { member: supervisor, id: uuidv5(supervisor.id, id) };
    answering.push(delay(answer.afterMs).then(() => acknowledge(by.member, by.id)));
  }

  async function takeBack(entry: Entry, id: string): Promise<void> {
    const answer = await post(`${id}/cancel`, {}, [409]);
    if (answer !== null) entry.takenBack = answer === REFUSED ? "too late" : "cancelled";
  }

  async function acknowledge({ id: person, person: signedIn }: Member, id: string): Promise<void> {
    const headers = { Cookie: must(signedIn, "person").cookie };
    const done = await call({ path: `/api/notifications/${id}/acknowledge`, headers, again: [404] });
    if (done !== null) ledger.acknowledged.push({ id, person });
  }

  /** The whole list is repeated until each item was accepted: those that were are answered as before. */
  async function sendMany({ territory, clinicians }: Ward): Promise<void> {
    const entries = Array.from({ length: BULK }, (_, n) =>
      enter("bulk", [must(clinicians[n % clinicians.length], "clinician").id]),
    );
    const notifications = entries.map(({ text, recipients: [user_id] }) => ({
      user_id,
      territory_id: territory,
      message: text,
    }));
    const headers = { Authorization: `Bearer ${key}`, "Idempotency-Key": randomUUID() };
    while (entries.some(({ id }) => id === null)) {
      const sent = await call({ path: "/api/notifications/send-bulk", headers, body: { notifications } });
      if (sent === null) return;
      for (const [index, result] of BulkSent.parse(sent).results.entries()) {
        const entry = must(entries[index], "entry");
        if (!("notification_id" in result)) continue;
        if (entry.id === null) accept(entry, result.notification_id);
        else if (entry.id !== result.notification_id)
          ledger.wrongAnswers.push(`${entry.text} was answered with two ids`);
      }
      await delay(200);
    }
  }

  async function sendToAll(
    { kind, answer }: Act,
    { territory, clinicians, supervisors }: Ward,
  ): Promise<void> {
    const entry = enter(
      kind,
      [...clinicians, ...supervisors].map(({ id }) => id),
    );
    const priority = kind === "broadcast" ? "normal" : "critical";
    const sent = await post("broadcast", { territory_id: territory, message: entry.text, priority });
    if (sent === null) return;
    const { broadcast_id: id } = BroadcastSent.parse(sent);
    accept(entry, id);
    if (kind === "broadcast" || answer === null) return;
    // The alert that stands for it ends by a supervisor's copy of that; a recipient's own notification is one of many.
    const supervisor = must(supervisors[0], "supervisor");
    const own =
      answer.by === "recipient" ? uuidv5(supervisor.id, id) : uuidv5(supervisor.id, uuidv5("alert", id));
    answering.push(delay(answer.afterMs).then(() => acknowledge(supervisor, own)));
  }

  async function perform(next: Act): Promise<void> {
    const ward = must(wards[next.ward], "ward");
    const to = must(ward.clinicians[next.to], "clinician");
    if (next.moves) devices.move(to, must(urls[done % urls.length], "node"));
    if (next.kind === "bulk") await sendMany(ward);
    else if (next.kind === "broadcast" || next.kind === "critical broadcast") await sendToAll(next, ward);
    else await sendOne(next, ward, to);
  }

  async function send(): Promise<void> {
    while (!stop.aborted) {
      await perform(must(acts[done++ % acts.length], "act"));
      await delay(PAUSE);
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, send));
  await Promise.all(answering);
}
