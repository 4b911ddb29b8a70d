import Router from "koa-router";
import type { Knex } from "knex";
import type { ActResult } from "../../store/notifications/acts.ts";
import { conflict, gone, notFound } from "../http/errors.ts";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { presentDelivery, presentEvent } from "../deliveries/present.ts";
import { viewer, viewerOf } from "../middleware/viewer.ts";
import { createTimeline } from "../deliveries/timeline.ts";
import type { InboxService } from "./inbox.ts";
import { presentNotification } from "./present.ts";
import { InboxQuery, Nothing, Snooze } from "./schema.ts";
import { isUuid } from "../http/cursor.ts";

export interface NotificationDeps {
  knex: Knex;
  site: Site;
  inbox: InboxService;
}

/** The routes under /api/notifications for those who receive and follow. */
export function notificationRoutes(deps: NotificationDeps): Router {
  const { knex, site, inbox } = deps;
  const timeline = createTimeline(knex);
  const router = new Router({ prefix: "/api/notifications" });

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
    if (original === "gone")
      throw gone("What the sender wrote was destroyed, as its territory keeps originals for a time only.");
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
