import type { Named } from "../../store/notifications/step-names.ts";
import type { Moment, Story as Read, Told } from "../../store/notifications/story.ts";
import { presentStep } from "../board/answer.ts";
import { broadcastCount } from "./present.ts";
import type { Story } from "./story-schema.ts";

/** Temporal's own interface. */
export interface TemporalUi {
  url: URL;
  namespace: string;
}

/** A story as its answer. */
export const presentStory = (story: Read, ui: TemporalUi | null): Story => ({
  notification_id: story.own.id,
  root_id: story.rootId,
  territory: { territory_id: story.territory.id, name: story.territory.name },
  sender: story.sender,
  recipient: story.recipient && person(story.recipient),
  category: story.own.category,
  priority: story.own.priority,
  title: story.own.title,
  message: story.own.message,
  status: story.own.status,
  created_at: story.own.created_at.toISOString(),
  broadcast: broadcastCount(story.own),
  is_own: story.isOwn,
  supervised: story.supervised,
  told: story.told.map(presentTold),
  told_count: story.toldCount,
  moments: story.moments.map(presentMoment),
  closed: story.closed && { by: person(story.closed.by), reason: story.closed.reason },
  steps: story.steps.map(presentStep),
  workflow: { id: story.rootId, url: ui && workflowUrl(ui, story.rootId) },
});

const person = ({ id, name }: Named) => ({ user_id: id, name });

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

const presentTold = ({ notificationId, at, seenAt, acknowledgedAt, note, declinedAt, ...told }: Told) => ({
  ...person(told),
  notification_id: notificationId,
  at: at.toISOString(),
  seen_at: iso(seenAt),
  acknowledged_at: iso(acknowledgedAt),
  note,
  declined_at: iso(declinedAt),
  decline_reason: told.declineReason,
});

const presentMoment = ({ person: whose, at, ...moment }: Moment) => ({
  ...moment,
  at: at.toISOString(),
  person: whose && person(whose),
});

function workflowUrl({ url, namespace }: TemporalUi, id: string): string {
  const base = url.href.replace(/\/$/, "");
  return `${base}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(id)}`;
}
