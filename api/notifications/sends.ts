import type { Context } from "koa";
import Router from "koa-router";
import type { Backlog } from "../../node/backlog.ts";
import type { Gate } from "../../node/precedence.ts";
import type { Starter } from "../../node/starter.ts";
import { announce } from "../../channels/websocket/announce.ts";
import { type Lane, laneOf } from "../../channels/contract.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import type { Logger } from "../../config/log.ts";
import { cancel } from "../../store/notifications/withdraw.ts";
import { isUuid } from "../http/cursor.ts";
import { withDeadline } from "../http/deadline.ts";
import { presentDelivery } from "../deliveries/present.ts";
import { createTimeline } from "../deliveries/timeline.ts";
import { conflict, notFound, toProblem, unavailable } from "../http/errors.ts";
import { json, validate } from "../middleware/body.ts";
import { recordRefusals } from "../middleware/refusals.ts";
import { service, serviceOf } from "../middleware/service.ts";
import { type Accepted, type AcceptDeps, createAccept, type Intake } from "./accept.ts";
import { readBroadcast } from "./broadcast.ts";
import { BroadcastBody, BulkBody, checkChannels, IdempotencyKey, Nothing, SendBody } from "./schema.ts";
import { preferredWait } from "./wait.ts";

export interface SendDeps extends AcceptDeps {
  starter: Starter;
  intake: Gate;
  backlog: Pick<Backlog, "poke">;
  bridge: Bridge;
  log: Logger;
  channelNames: () => string[];
  onStep: (step: string) => void;
}

/** A thousand notifications, each as large as one may be on average. */
const MAX_BULK = 8_388_608;
/** How long a send may wait for its turn; ms. Its answer is due soon after. */
const TURN_BY = 1_300;
/** Items of a bulk that are taken in side by side. */
const SIDE_BY_SIDE = 8;

/** The routes by which services send. */
export function sendRoutes(deps: SendDeps): Router {
  const { knex, starter, intake, backlog, bridge, log, onStep } = deps;
  const accept = createAccept(deps);
  const timeline = createTimeline(knex);
  const router = new Router({ prefix: "/api" });
  const guards = [service(knex), recordRefusals(knex)];

  router.post("/notifications/send", ...guards, json(), async (ctx) => {
    const body = parseSend(ctx.state["body"]);
    const { id, replayed } = await takeInSoon(ctx, body, body.lane);
    if (replayed) ctx.set("Idempotency-Replayed", "true");
    else {
      onStep("send.committed");
      await starter.start(id, body.lane);
    }
    ctx.set("Location", `/api/notifications/${id}`);
    ctx.status = 202;
    ctx.body = { notification_id: id, status: "sent" };
    const waited = await preferredWait(ctx, () => timeline.ofService(serviceOf(ctx), id));
    if (waited === null) return;
    ctx.status = 200;
    ctx.body = { notification_id: id, status: "sent", deliveries: waited.map(presentDelivery) };
  });

  router.post("/notifications/send-bulk", ...guards, json({ limit: MAX_BULK }), async (ctx) => {
    const { notifications } = validate(BulkBody, ctx.state["body"]);
    const key = keyOf(ctx);
    const urgent: string[] = [];
    const results = await sideBySide(notifications, async (raw, index) => {
      try {
        const body = parseSend(raw, "bulk");
        const itemKey = key === undefined ? undefined : `${key} ${index}`;
        const { id, replayed } = await intake.inTurn(body.lane, () =>
          accept(serviceOf(ctx), body, raw, itemKey),
        );
        if (!replayed && body.lane === "critical") urgent.push(id);
        return { notification_id: id, status: "sent" };
      } catch (error) {
        return { problem: toProblem(error) };
      }
    });
    ctx.status = 202;
    ctx.body = { results };
    backlog.poke();
    // The answer does not wait for the starts; what they miss is the relay's.
    void sideBySide(urgent, (id) => starter.start(id, "critical"), 2);
  });

  router.post("/notifications/broadcast", ...guards, json(), async (ctx) => {
    const parsed = validate(BroadcastBody, ctx.state["body"]);
    checkChannels(parsed.channels, deps.channelNames());
    const body: Intake = { ...parsed, user_id: null, role: parsed.role ?? null, lane: "bulk" };
    const { id, replayed } = await takeInSoon(ctx, body, laneOf(body.priority));
    if (replayed) ctx.set("Idempotency-Replayed", "true");
    else await starter.startBroadcast(id);
    ctx.set("Location", `/api/broadcasts/${id}`);
    ctx.status = 202;
    ctx.body = { broadcast_id: id, status: "sent" };
  });

  router.get("/broadcasts/:id", service(knex), async (ctx) => {
    const id = ctx.params["id"] ?? "";
    const found = isUuid(id) ? await readBroadcast(knex, serviceOf(ctx), id) : null;
    if (found === null) throw notFound();
    ctx.body = found;
  });

  router.post("/notifications/:id/cancel", service(knex), json({ optional: true }), async (ctx) => {
    validate(Nothing, ctx.state["body"]);
    const id = ctx.params["id"] ?? "";
    const result = isUuid(id)
      ? await cancel(knex, serviceOf(ctx).serviceId, id)
      : { kind: "not_found" as const };
    if (result.kind === "not_found") throw notFound();
    if (result.kind === "too_late") throw conflict("It has been sent on at least one channel already.");
    announce(bridge, log, result.changes);
    void starter.tellHandled(id);
    ctx.body = { status: "cancelled" };
  });

  /** @throws Problem 503, and nothing is taken in, when its turn came too late for an answer in time. */
  async function takeInSoon(ctx: Context, body: Intake, lane: Lane): Promise<Accepted> {
    const asked = performance.now();
    const raw: unknown = ctx.state["body"];
    const key = keyOf(ctx);
    return await withDeadline(
      intake.inTurn(lane, async () => {
        if (performance.now() - asked > TURN_BY) throw unavailable("Too many sends at once; try again.");
        return await accept(serviceOf(ctx), body, raw, key);
      }),
    );
  }

  function parseSend(raw: unknown, lane: Lane = "ordinary"): Intake {
    const body = validate(SendBody, raw);
    checkChannels(body.channels, deps.channelNames());
    const own = laneOf(body.priority);
    return { ...body, role: null, lane: own === "ordinary" ? lane : own };
  }

  return router;
}

function keyOf(ctx: Context): string | undefined {
  const header = ctx.get("Idempotency-Key");
  return header === "" ? undefined : validate(IdempotencyKey, header);
}

/** Works on a few items at a time; answers in their order. */
async function sideBySide<T, R>(
  items: T[],
  work: (item: T, index: number) => Promise<R>,
  width = SIDE_BY_SIDE,
): Promise<R[]> {
  const results: R[] = [];
  const entries = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of entries) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
