import Router from "koa-router";
import type { Context } from "koa";
import type { Knex } from "knex";
import type { Starter } from "../../activities/starter.ts";
import type { ActResult } from "../../store/acts.ts";
import { conflict, notFound, Problem } from "../errors.ts";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { recordRefusals } from "../middleware/refusals.ts";
import { service, serviceOf } from "../middleware/service.ts";
import { presentDelivery, presentEvent } from "../deliveries/present.ts";
import { viewer, viewerOf } from "../middleware/viewer.ts";
import { createTimeline } from "../deliveries/timeline.ts";
import { createAccept, type AcceptDeps } from "./accept.ts";
import type { InboxService } from "./inbox.ts";
import { presentNotification } from "./present.ts";
import { IdempotencyKey, InboxQuery, Nothing, SendBody, Snooze } from "./schema.ts";
import { preferredWait } from "./wait.ts";
import { isUuid } from "../cursor.ts";
import { withDeadline } from "../deadline.ts";

export interface NotificationDeps extends AcceptDeps {
  knex: Knex;
  site: Site;
  starter: Starter;
  inbox: InboxService;
  channelNames: () => string[];
  onStep: (step: string) => void;
}

/** The routes under /api/notifications. */
export function notificationRoutes(deps: NotificationDeps): Router {
  const { knex, site, starter, inbox } = deps;
  const accept = createAccept(deps);
  const timeline = createTimeline(knex);
  const router = new Router({ prefix: "/api/notifications" });

  router.post("/send", service(knex), recordRefusals(knex), json(), async (ctx) => {
    const body = validate(SendBody, ctx.state["body"]);
    const unknown = (body.channels ?? []).filter((name) => !deps.channelNames().includes(name));
    if (unknown.length > 0) throw invalidChannels(unknown.length, deps.channelNames());
    const { id, replayed } = await withDeadline(
      accept(serviceOf(ctx), body, ctx.state["body"], idempotencyKey(ctx)),
    );
    if (replayed) ctx.set("Idempotency-Replayed", "true");
    else deps.onStep("send.committed");
    if (!replayed && body.send_at === undefined) await starter.start(id, body.priority);
    ctx.set("Location", `/api/notifications/${id}`);
    ctx.status = 202;
    ctx.body = { notification_id: id, status: "sent" };
    const waited = await preferredWait(ctx, () => timeline.ofService(serviceOf(ctx), id));
    if (waited === null) return;
    ctx.status = 200;
    ctx.body = { notification_id: id, status: "sent", deliveries: waited.map(presentDelivery) };
  });

  router.get("/", person(knex, site), async (ctx) => {
    const { notifications, next } = await inbox.list(personOf(ctx), validate(InboxQuery, { ...ctx.query }));
    ctx.body = { notifications: notifications.map(presentNotification), next };
  });

  router.get("/:id", person(knex, site), async (ctx) => {
    const found = await inbox.find(personOf(ctx), ctx.params["id"] ?? "");
    if (found === null) throw notFound();
    ctx.body = presentNotification(found);
  });

  for (const kind of ["read", "acknowledge", "dismiss"] as const) {
    router.post(`/:id/${kind}`, person(knex, site), json({ optional: true }), async (ctx) => {
      validate(Nothing, ctx.state["body"]);
      ctx.body = presentNotification(done(await inbox.act(personOf(ctx), ctx.params["id"] ?? "", { kind })));
    });
  }

  router.post("/:id/snooze", person(knex, site), json(), async (ctx) => {
    const { until } = validate(Snooze, ctx.state["body"]);
    ctx.body = presentNotification(
      done(await inbox.act(personOf(ctx), ctx.params["id"] ?? "", { kind: "snooze", until })),
    );
  });

  router.post("/:id/reveal", person(knex, site), json({ optional: true }), async (ctx) => {
    validate(Nothing, ctx.state["body"]);
    const original = await inbox.reveal(personOf(ctx), ctx.params["id"] ?? "");
    if (original === null) throw notFound();
    ctx.set("Cache-Control", "no-store");
    ctx.body = original;
  });

  router.get("/:id/deliveries", viewer(knex, site), async (ctx) => {
    const id = ctx.params["id"] ?? "";
    const found = isUuid(id) ? await timeline.find(viewerOf(ctx), id) : null;
    if (found === null) throw notFound();
    ctx.body = { deliveries: found.deliveries.map(presentDelivery), events: found.events.map(presentEvent) };
  });

  return router;
}

function done(result: ActResult) {
  if (result.kind === "not_found") throw notFound();
  if (result.kind === "conflict") throw conflict(result.detail);
  return result.notification;
}

function idempotencyKey(ctx: Context): string | undefined {
  const header = ctx.get("Idempotency-Key");
  return header === "" ? undefined : validate(IdempotencyKey, header);
}

const invalidChannels = (count: number, known: string[]): Problem =>
  new Problem(422, "invalid", "Invalid", "Some fields are missing or wrong; see errors.", {
    faults: [{ path: "/channels", message: `${count} not among the channels here: ${known.join(", ")}` }],
  });
