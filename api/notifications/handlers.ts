import type { Act, ActResult } from "../../store/transitions/act.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { presentDelivery, presentEvent } from "../deliveries/present.ts";
import { createTimeline } from "../deliveries/timeline.ts";
import { conflict, forbidden, gone, notFound } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { type AnswerDeps, createAnswers } from "./answer.ts";
import type { InboxService } from "./inbox.ts";
import { presentNotification } from "./present.ts";
import type { inbox } from "./routes.ts";

export interface InboxDeps extends AnswerDeps {
  inbox: InboxService;
}

/** Answers the calls of recipients, and of everybody who follows a notification. */
export function inboxHandlers(deps: InboxDeps): Handlers<typeof inbox> {
  const { knex, vault, inbox: own } = deps;
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
    dismiss: ({ caller, params }) => act(caller, params.id, { kind: "dismiss" }),
    snooze: ({ caller, params, body: { until } }) => act(caller, params.id, { kind: "snooze", until }),

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

    deliveries: async ({ caller, params }) => {
      const found = await timeline.find(caller, params.id);
      if (found === null) throw notFound();
      const { deliveries, events, archivedUntil, metadata, joined, closed } = found;
      return {
        status: 200,
        body: {
          deliveries: deliveries.map(presentDelivery),
          events: events.map(presentEvent),
          ...(archivedUntil === null ? {} : { archived_until: archivedUntil.toISOString() }),
          ...(joined === null ? {} : { joined }),
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
