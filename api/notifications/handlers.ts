import { reachedBy } from "../../activities/step.ts";
import type { Registry } from "../../channels/registry.ts";
import type { Act, ActResult } from "../../store/transitions/act.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { readStory } from "../../store/notifications/story.ts";
import { presentDelivery, presentEvent } from "../deliveries/present.ts";
import { createTimeline } from "../deliveries/timeline.ts";
import { conflict, forbidden, gone, notFound } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import type { RateLimits } from "../middleware/limits.ts";
import { type AnswerDeps, createAnswers } from "./answer.ts";
import type { InboxService } from "./inbox.ts";
import { presentNotification } from "./present.ts";
import type { inbox } from "./routes.ts";
import { presentStory, type TemporalUi } from "./story.ts";

export interface InboxDeps extends AnswerDeps {
  /** The channels that there are, by which a step to come may tell its people. */
  channels: Registry;
  inbox: InboxService;
  limits: Pick<RateLimits, "undos" | "snoozes">;
  temporalUi: TemporalUi | null;
}

/** Answers the calls of recipients, and of everybody who follows a notification. */
export function inboxHandlers(deps: InboxDeps): Handlers<typeof inbox> {
  const { knex, channels, vault, inbox: own, limits } = deps;
  const answers = createAnswers(deps);
  const timeline = createTimeline(knex, vault);
  const answer = async (result: Promise<ActResult>) => ({
    status: 200 as const,
    body: presentNotification(done(await result)),
  });
  const act = (person: SignedInPerson, id: string, what: Act) => answer(own.act(person, id, what));

  return {
    count: async ({ caller }) => ({ status: 200, body: await own.count(caller) }),

    list: async ({ caller, query }) => {
      const { items, next } = await own.list(caller, query);
      return { status: 200, body: { notifications: items.map(presentNotification), next } };
    },

    read: async ({ caller, params }) => {
      const found = await own.find(caller, params.id);
      if (found === null) throw notFound();
      return { status: 200, body: presentNotification(found) };
    },

    markRead: ({ caller, params }) => act(caller, params.id, { kind: "read" }),
    acknowledge: ({ caller, params, body }) => answer(answers.acknowledge(caller, params.id, body)),
    decline: ({ caller, params, body }) => answer(answers.decline(caller, params.id, body.reason)),
    unacknowledge: async ({ caller, params }) => {
      // Each tells everybody again whom the acknowledgement stood down.
      await limits.undos.take(`${caller.userId} ${params.id}`);
      return await act(caller, params.id, { kind: "unacknowledge" });
    },
    complete: ({ caller, params }) => act(caller, params.id, { kind: "complete" }),
    dismiss: ({ caller, params }) => act(caller, params.id, { kind: "dismiss" }),
    markUnread: ({ caller, params }) => act(caller, params.id, { kind: "unread" }),
    restore: ({ caller, params }) => act(caller, params.id, { kind: "restore" }),
    snooze: async ({ caller, params, body: { until } }) => {
      // Each other time is an event, and on record.
      await limits.snoozes.take(`${caller.userId} ${params.id}`);
      return await act(caller, params.id, { kind: "snooze", until });
    },

    revealReasons: async ({ caller, params }) => {
      const reasons = await own.revealReasons(caller, params.id);
      if (reasons === null) throw notFound();
      return { status: 200, body: { reasons } };
    },

    reveal: async ({ caller, params, body }) => {
      const original = await own.reveal(caller, params.id, body.reason);
      if (original === null) throw notFound();
      if (original === "gone")
        throw gone("The text was destroyed: its territory keeps originals only for a time.");
      if (original === "own grant")
        throw forbidden("You hold a role there because of yourself; another admin has to give it to you.");
      return { status: 200, body: original };
    },

    story: async ({ caller, params }) => {
      const found = await readStory(knex, caller.userId, params.id, (id, step) =>
        reachedBy(id, step, channels.names()),
      );
      if (found === null) throw notFound();
      return { status: 200, body: presentStory(found, deps.temporalUi) };
    },

    deliveries: async ({ caller, params, query: { cursor } }) => {
      const found = await timeline.find(caller, params.id, cursor);
      if (found === null) throw notFound();
      const { deliveries, events, earlier, archivedUntil, metadata, joined, digest, closed } = found;
      return {
        status: 200,
        body: {
          deliveries: deliveries.map(presentDelivery),
          events: events.map(presentEvent),
          ...(earlier === null ? {} : { earlier }),
          ...(archivedUntil === null ? {} : { archived_until: archivedUntil.toISOString() }),
          ...(joined === null ? {} : { joined }),
          ...(digest === null ? {} : { digest }),
          ...(metadata === undefined ? {} : { metadata }),
          ...(closed === undefined ? {} : { closed }),
        },
      };
    },
  };
}

function done(result: ActResult) {
  if (result.kind === "not_found") throw notFound();
  if (result.kind === "conflict") throw conflict(result.detail);
  if (result.kind === "read_back") throw conflict("It has to be read back.");
  return result.notification;
}
