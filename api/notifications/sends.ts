import { setImmediate } from "node:timers/promises";
import type { Context } from "koa";
import type { Loop } from "../../node/every.ts";
import type { Admission } from "../../node/admission.ts";
import type { CriticalStarts } from "../../node/critical-starts.ts";
import type { Gate } from "../../node/precedence.ts";
import { type Starter, startWorkflow } from "../../node/starter.ts";
import { announce } from "../../channels/websocket/announce.ts";
import { type Lane, laneOf } from "../../channels/contract.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import type { Logger } from "../../config/log.ts";
import { noteOnSpan, traceparent } from "../../config/trace.ts";
import { must } from "../../config/must.ts";
import { cancel, cancelBroadcast } from "../../store/transitions/withdraw.ts";
import type { ServiceIdentity } from "../../store/people/services.ts";
import { withDeadline } from "../http/deadline.ts";
import { presentDelivery } from "../deliveries/present.ts";
import { createTimeline } from "../deliveries/timeline.ts";
import { conflict, notFound, toProblem, unavailable } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { validate } from "../middleware/body.ts";
import { chargeOf } from "../middleware/bulk.ts";
import type { RateLimits } from "../middleware/limits.ts";
import { keepToLane } from "../middleware/overload.ts";
import { recordRefusals, type Refused } from "../middleware/refusals.ts";
import { limitSends } from "../middleware/service.ts";
import { isInReach } from "./reach.ts";
import { type Accepted, type AcceptDeps, createAccept, itemKeys, type Offered } from "./accept.ts";
import type { Intake } from "./addressees.ts";
import { checkLength, checkSize } from "./bounds.ts";
import { readBroadcast } from "./broadcast.ts";
import { type BroadcastBody, channelsOf, checkChannels, SendBody } from "./schema.ts";
import type { sends } from "./send-routes.ts";
import { createWaits } from "../middleware/waits.ts";
import { secondsOf, waitForAttempts } from "./wait.ts";

export interface SendDeps extends AcceptDeps {
  starter: Starter;
  criticalStarts: CriticalStarts;
  intake: Gate;
  admission: Admission;
  limits: Pick<RateLimits, "items">;
  backlog: Pick<Loop, "poke">;
  bridge: Bridge;
  log: Logger;
  channelNames: () => string[];
  /** How long a message may be; bytes in UTF-8. */
  messageBytes: number;
}

/** How long a send may wait for its turn; ms. Its answer is due soon after. */
const TURN_BY = 1_300;
/** How long a critical send waits for the turn of its start: while its caller waits for the answer, and in bulk, where nobody does; ms. */
const START_BY = { alone: 500, inBulk: 2_000 };
/** Sends of one key that wait for their deliveries at one node. */
const MOST_WAITING = 200;
/** Items of a bulk that are taken in by one call of the database (store/transitions/accept_each.sql). */
const TOGETHER = 50;

/** A body, the service that sent it, and its Idempotency-Key. */
interface Offer {
  caller: ServiceIdentity;
  raw: unknown;
  key: string | undefined;
  ctx: Context;
}

/** An item of a bulk, and its place in the list. */
interface Item extends Offered {
  index: number;
}

/** Answers the calls of the services that send. */
export function sendHandlers(deps: SendDeps): Handlers<typeof sends> {
  const { knex, starter, criticalStarts, intake, admission, backlog, bridge, log } = deps;
  const { accept, acceptAll } = createAccept(deps);
  const timeline = createTimeline(knex, deps.vault);
  const waits = createWaits(MOST_WAITING);

  return {
    send: async ({ caller, body, raw, headers: asked, place, ctx }) => {
      const intended = intend(body, "ordinary");
      const key = asked["Idempotency-Key"];
      keepToLane(place, intended.lane, admission);
      const { id, replayed } = await takeInSoon({ caller, raw, key, ctx }, intended, intended.lane);
      // A call holds no place for the sake of its wait: a repeat has nothing under way.
      if (replayed || intended.user_id === null) place.leave();
      else {
        place.keep(id);
        if (!(await start(caller, id, intended))) admission.settled(id);
      }
      if (intended.user_id === null) {
        if (!replayed) await start(caller, id, intended);
        const headers = { Location: `/api/broadcasts/${id}`, "Idempotency-Replayed": told(replayed) };
        return { status: 202, headers, body: { notification_id: id, status: "sent", broadcast_id: id } };
      }
      const headers = { Location: `/api/notifications/${id}`, "Idempotency-Replayed": told(replayed) };
      const sent = { notification_id: id, status: "sent" as const };
      const seconds = secondsOf(asked.Prefer);
      // One that can't wait any more is answered at once, as if it had not asked to (RFC 7240).
      const end = seconds === 0 ? null : waits.begin(caller.keyId);
      if (end === null) return { status: 202, headers, body: sent };
      const read = () => timeline.ofService(caller, id);
      const isGone = () => ctx.req.socket.destroyed;
      const deliveries = await waitForAttempts({ id, seconds, bus: bridge, read, isGone }).finally(end);
      const kept = { ...headers, "Preference-Applied": `wait=${seconds}` };
      if (deliveries === null) return { status: 202, headers: kept, body: sent };
      return { status: 200, headers: kept, body: { ...sent, deliveries: deliveries.map(presentDelivery) } };
    },

    sendBulk: async ({
      caller,
      body: { notifications },
      headers: { "Idempotency-Key": key },
      place,
      ctx,
    }) => {
      keepToLane(place, notifications.some(asksForCritical) ? "critical" : "bulk", admission);
      const uncharged = notifications.length - chargeOf(ctx);
      if (uncharged > 0) await limitSends(knex, deps.limits.items, caller, uncharged);
      const keys = key === undefined ? null : await itemKeys(key, notifications);
      const refused: Refused[] = [];
      const taken = new Map<number, string>();
      for (let from = 0; from < notifications.length; from += TOGETHER) {
        const items: Item[] = [];
        for (const [place, raw] of notifications.slice(from, from + TOGETHER).entries()) {
          const index = from + place;
          // Other callers get their turn between two items, also while all of them are refused at once.
          await setImmediate();
          try {
            checkSize(raw);
            const body = intend(validate(SendBody, raw), "bulk");
            items.push({ index, body, raw, idempotencyKey: keys?.[index] });
          } catch (error) {
            refused.push({ item: index, error });
          }
        }
        for (const together of Map.groupBy(items, ({ body }) => `${body.lane} ${body.territory_id}`).values())
          await takeTogether(caller, together, taken, refused);
      }
      await recordRefusals(knex, `service:${caller.serviceId}`, "notification.send", refused);
      const problems = new Map(refused.map(({ item, error }) => [item, toProblem(error).toJSON()]));
      const results = notifications.map((_, index) => {
        const id = taken.get(index);
        if (id !== undefined) return { notification_id: id, status: "sent" as const };
        return { problem: must(problems.get(index), "problem") };
      });
      backlog.poke();
      return { status: 202, body: { results } };
    },

    broadcast: async ({ caller, body, raw, headers: { "Idempotency-Key": key }, place, ctx }) => {
      check(body);
      const lane = laneOf(body.priority, "bulk");
      keepToLane(place, lane, admission);
      const intended: Intake = {
        ...body,
        user_id: null,
        role: body.role ?? null,
        onCallRole: null,
        topic: body.topic ?? null,
        isBroadcast: true,
        lane,
      };
      const { id, replayed } = await takeInSoon({ caller, raw, key, ctx }, intended, laneOf(body.priority));
      if (!replayed) await start(caller, id, intended);
      return {
        status: 202,
        headers: { Location: `/api/broadcasts/${id}`, "Idempotency-Replayed": told(replayed) },
        body: { broadcast_id: id, status: "sent" },
      };
    },

    readBroadcast: async ({ caller, params }) => {
      const found = await readBroadcast(knex, caller, params.id);
      if (found === null) throw notFound();
      return { status: 200, body: found };
    },

    cancelBroadcast: async ({ caller, params: { id } }) => {
      if (!(await isInReach(knex, caller, id))) throw notFound();
      const cancelled = await cancelBroadcast(knex, caller.serviceId, id, (changes) =>
        announce(bridge, log, changes),
      );
      if (cancelled === null) throw notFound();
      if (cancelled.waits) void starter.tellHandled(id);
      return {
        status: 200,
        body: { status: "cancelled", reached: cancelled.reached, not_reached: cancelled.notReached },
      };
    },

    cancel: async ({ caller, params: { id } }) => {
      if (!(await isInReach(knex, caller, id))) throw notFound();
      const result = await cancel(knex, caller.serviceId, id);
      if (result.kind === "not_found") throw notFound();
      if (result.kind === "too_late")
        throw conflict("Somebody has acknowledged or dismissed it, or was sent it by a channel outside.");
      if (result.kind === "joined") throw conflict("It joined an alert of its dedup key; resolve that.");
      announce(bridge, log, result.changes);
      if (result.waits) void starter.tellHandled(id);
      return { status: 200, body: { status: "cancelled" } };
    },
  };

  /** Takes items of a bulk in, all of one lane and territory; notes for each its id or why it was refused. */
  async function takeTogether(
    caller: ServiceIdentity,
    items: Item[],
    taken: Map<number, string>,
    refused: Refused[],
  ): Promise<void> {
    const { lane, territory_id } = must(items[0], "item").body;
    try {
      const came = await intake.inTurn(lane, () => acceptAll(caller, items), territory_id, caller.keyId);
      for (const [place, { index, body }] of items.entries()) {
        const one = must(came[place], "answer");
        if (one.status === "rejected") {
          refused.push({ item: index, error: one.reason });
          continue;
        }
        const { id, replayed } = one.value;
        taken.set(index, id);
        // The answer does not wait for the starts. What has no turn soon, and all that is not critical, is started by the relay and the backlog.
        if (!replayed && lane === "critical") void start(caller, id, body, START_BY.inBulk);
      }
    } catch (error) {
      for (const { index } of items) refused.push({ item: index, error });
    }
  }

  /** Starts what was taken in; what is critical in its turn. False leaves it to the relay. */
  async function start(
    { keyId }: ServiceIdentity,
    id: string,
    { user_id, lane, territory_id }: Intake,
    patience = START_BY.alone,
  ): Promise<boolean> {
    noteOnSpan({ "tocsin.notification.id": id });
    const kind = user_id === null ? "broadcast" : "notification";
    if (lane !== "critical") return await startWorkflow(starter, { id, lane, kind });
    const send = { id, kind, territory: territory_id, key: keyId, traceparent: traceparent() } as const;
    // One that waits for its turn is under way: its place is not free.
    return (await criticalStarts.start(send, patience)) !== "refused";
  }

  /** @throws Problem 503, and nothing is taken in, when its turn came too late for an answer in time. */
  async function takeInSoon(
    { caller, raw, key, ctx }: Offer,
    intended: Intake,
    lane: Lane,
  ): Promise<Accepted> {
    const asked = performance.now();
    return await withDeadline(
      intake.inTurn(
        lane,
        async () => {
          if (performance.now() - asked > TURN_BY || ctx.req.socket.destroyed)
            throw unavailable("Too many sends at once; try again.");
          return await accept(caller, intended, raw, key);
        },
        intended.territory_id,
        caller.keyId,
      ),
    );
  }

  /** Checks that depend on the installation: its channels, and how long a message may be. @throws Problem 422 */
  function check({ channels, message }: Pick<BroadcastBody, "channels" | "message">): void {
    checkChannels(channelsOf({ channels }).channels, deps.channelNames());
    checkLength(message, deps.messageBytes);
  }

  /** A send to one person or a topic, in the lane of its priority or else in `lane`. @throws Problem 422 */
  function intend({ to, ...body }: SendBody, lane: Lane): Intake {
    check(body);
    const topic = to !== undefined && "topic" in to ? to.topic : null;
    return {
      ...body,
      user_id: topic === null ? (body.user_id ?? "") : null,
      role: null,
      onCallRole: to !== undefined && "role" in to ? to.role : null,
      topic,
      isBroadcast: false,
      lane: laneOf(body.priority, lane),
    };
  }
}

/** Whether an item of a bulk, which is not checked yet, says that it is critical. */
const asksForCritical = (raw: unknown): boolean =>
  typeof raw === "object" && raw !== null && "priority" in raw && raw.priority === "critical";

/** The value of a header that comes only where something is true. */
const told = (is: boolean): "true" | undefined => (is ? "true" : undefined);
