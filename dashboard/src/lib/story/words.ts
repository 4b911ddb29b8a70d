import type { Story } from "../api/notifications.ts";
import type { NotificationDto } from "../contract.ts";
import { reasonOf } from "../deliveries/reasons.ts";
import { stepWords, toneOf } from "../deliveries/steps.ts";
import { canAcknowledge, canDecline, needsAcknowledgement } from "../inbox/feed.ts";
import { must } from "../must.ts";
import type { Tone } from "../ui/tone.ts";
import { channelName } from "../words.ts";

type Moment = Story["moments"][number];

/** A sentence of a story: who, and what happened. */
export interface Line {
  at: string;
  /** Names before the words; none where the words are a sentence of their own. */
  who: string[];
  text: string;
  /** What somebody said with it, or why it was so. */
  why: string | null;
  tone: Tone;
}

/** What somebody does. */
const DID: Record<string, string> = {
  seen: "saw it",
  read: "opened it",
  acknowledged: "acknowledged it",
  unacknowledged: "took the acknowledgement back",
  declined: "declined it",
  dismissed: "dismissed it",
  restored: "brought it back",
  snoozed: "put it off",
  woken: "had it shown again",
  unread: "marked it as unread",
  revealed: "opened the original",
  completed: "completed it",
  reminded: "was reminded that it is not completed",
};

/** What happens to the alert, and so to all who have it at once; its sender does it, unless it is a sentence. */
const TO_ALL: Record<string, { text: string; sender: boolean; tone: Tone }> = {
  repeated: { text: "sent it again", sender: true, tone: "neutral" },
  raised: { text: "sent it again, more urgent", sender: true, tone: "warn" },
  resolved: { text: "said that the problem is over", sender: true, tone: "good" },
  replaced: { text: "sent a corrected one in its place", sender: true, tone: "neutral" },
  cancelled: { text: "took it back", sender: true, tone: "neutral" },
  expired: { text: "It expired.", sender: false, tone: "warn" },
  closed: { text: "A supervisor ended it, unacknowledged.", sender: false, tone: "warn" },
  reopened: { text: "It is open again.", sender: false, tone: "warn" },
};

/** What a channel did for somebody; `{by}` is the channel. */
const BY_CHANNEL: Record<string, string> = {
  accepted: "was sent it {by}",
  delivered: "got it {by}",
  failed: "could not be reached {by}",
  unknown: "was perhaps told {by}",
  skipped: "was not told {by}",
  held: "is told {by} later",
  queued: "could not be told {by} yet, and it is tried again",
  overridden: "was told {by} against their wish",
  stand_down_accepted: "was told {by} that nothing is left to do",
  stand_down_delivered: "was told {by} that nothing is left to do",
};
/** Of a channel, what is no part of the story: that it was not needed. */
const NOT_NEEDED: ReadonlySet<string> = new Set(["already_handled", "not_needed"]);

/** Whom a step told that made no new copies. */
const AGAIN: Record<string, string> = {
  to_recipient: "The recipient was told again",
  to_person: "The person whom the policy names was told again",
  to_topic: "The people of the topic were told again",
  to_on_call: "Whoever is on call was told again",
  to_clinician: "The clinicians were told again",
  to_supervisor: "The supervisors were told again",
  to_last_resort: "The last resort was told again",
  to_nobody: "Nobody could be told",
};

/** What happens to all within this time happened once; ms. */
const AT_ONCE = 5_000;

/** A story as a person would tell it, the oldest first. */
export function linesOf(story: Story): Line[] {
  const lines: Line[] = [];
  const steps = stepsOf(story);
  for (const [index, moment] of story.moments.entries()) {
    const step = steps.get(index);
    if (isUnderWay(story.moments, index)) continue;
    const line = step === undefined ? lineOf(story, moment) : step;
    if (line !== null && !isSame(lines.at(-1), line)) lines.push(line);
  }
  return lines;
}

/** That a channel has it to send or tries it, and, after the first time, that it says "not now" for the same reason: no part of the story. */
function isUnderWay(moments: Moment[], index: number): boolean {
  const { notification_id: id, channel, status, reason, attempt } = must(moments[index], `moment ${index}`);
  if (channel === null || (status !== "queued" && status !== "claimed")) return false;
  if (status === "claimed" || reason === null || attempt === null) return true;
  const former = moments
    .slice(0, index)
    .findLast((one) => one.notification_id === id && one.channel === channel && one.status !== "claimed");
  return former?.status === "queued" && former.reason === reason;
}

const isSame = (former: Line | undefined, line: Line): boolean =>
  former?.text === line.text &&
  former.who.join() === line.who.join() &&
  Date.parse(line.at) - Date.parse(former.at) < AT_ONCE;

/**
 * The sentences of the steps that were taken, by the moment at which each stands. The copies of those whom a step tells come before it is
 * written down: they are part of its sentence, and null here.
 */
function stepsOf({ moments, root_id: root }: Story): Map<number, Line | null> {
  const lines = new Map<number, Line | null>();
  let copies: number[] = [];
  for (const [index, moment] of moments.entries()) {
    if (moment.channel !== null) continue;
    if (moment.status === "sent" && moment.notification_id !== root) copies.push(index);
    if (moment.status !== "escalated") continue;
    const [first] = copies;
    const line = stepLine(
      moment,
      copies.flatMap((copy) => moments[copy]?.person?.name ?? []),
    );
    for (const copy of [...copies, index]) lines.set(copy, null);
    lines.set(first ?? index, line);
    copies = [];
  }
  return lines;
}

function stepLine({ at, attempt, reason }: Moment, who: string[]): Line {
  const step = reason === "to_last_resort" ? "the last resort" : `step ${attempt ?? 1}`;
  const tone = reason === "to_nobody" ? "bad" : "warn";
  const because = "nobody had acknowledged it";
  if (who.length > 0)
    return {
      at,
      who,
      text: who.length === 1 ? `was told, ${step}: ${because}` : `were told, ${step}: ${because}`,
      why: null,
      tone,
    };
  const again = AGAIN[reason ?? ""] ?? "Somebody was told again";
  return { at, who: [], text: `${again}, ${step}: ${because}.`, why: null, tone };
}

function lineOf(story: Story, moment: Moment): Line | null {
  const { at, status, channel, reason, person } = moment;
  const who = person === null ? [] : [person.name];
  const sender = story.sender ?? "Tocsin";
  const answer = status === "acknowledged" || status === "declined";
  if (channel !== null && !answer) return channelLine(moment, who);
  // What a colleague's acknowledgement closed: that one's own line says it.
  if (status === "acknowledged" && reason !== null) return null;
  const all = TO_ALL[status];
  if (all)
    return {
      at,
      who: all.sender ? [sender] : [],
      text: all.text,
      why: closedWhy(story, status) ?? reasonOf(moment),
      tone: all.tone,
    };
  if (status === "accepted") {
    const to = person === null ? "" : ` for ${person.name}`;
    return { at, who: [sender], text: `sent it${to}`, why: null, tone: "neutral" };
  }
  // One that has no step to its name covers somebody, or is a broadcast's.
  if (status === "sent" || status === "persisted")
    return {
      at,
      who,
      text: who.length > 0 ? "has it in the inbox" : "It was sent.",
      why: null,
      tone: "neutral",
    };
  const did = DID[status];
  if (did === undefined || who.length === 0)
    return {
      at,
      who: [],
      text: `${stepWords({ ...moment, delivery_id: null })}.`,
      why: reasonOf(moment),
      tone: "neutral",
    };
  const by = channel === null ? "" : ` ${byWords(channel)}`;
  return { at, who, text: did + by, why: saidWith(story, moment), tone: toneOf(status) };
}

function channelLine(moment: Moment, who: string[]): Line | null {
  const { at, status, channel, reason } = moment;
  if (channel === null || NOT_NEEDED.has(reason ?? "")) return null;
  const words = BY_CHANNEL[status];
  if (words === undefined || who.length === 0) return null;
  const stoodDown = status.startsWith("stand_down_");
  return {
    at,
    who,
    text: words.replace("{by}", byWords(channel)),
    why: stoodDown ? null : reasonOf(moment),
    tone: status === "queued" ? "warn" : toneOf(status),
  };
}

const byWords = (channel: string): string =>
  channel === "websocket" ? "on the dashboard" : `by ${channelName(channel)}`;

/** What somebody wrote with an answer. */
function saidWith({ told }: Story, { notification_id, status }: Moment): string | null {
  const one = told.find((other) => other.notification_id === notification_id);
  const words = status === "acknowledged" ? one?.note : status === "declined" ? one?.decline_reason : null;
  return words ? `“${words}”` : null;
}

const closedWhy = ({ closed }: Story, status: string): string | null =>
  status === "closed" && closed !== null ? `${closed.by.name}: “${closed.reason}”` : null;

/** What one of those who were told did with it, in a word or two. */
export function stateOf(told: Story["told"][number]): { text: string; tone: Tone; at: string | null } {
  if (told.acknowledged_at !== null) return { text: "Acknowledged", tone: "good", at: told.acknowledged_at };
  if (told.declined_at !== null) return { text: "Declined", tone: "warn", at: told.declined_at };
  if (told.seen_at !== null) return { text: "Has seen it", tone: "neutral", at: told.seen_at };
  return { text: "Has not seen it", tone: "warn", at: null };
}

const OVER: Record<string, string> = {
  expired: "Nothing: its time is over.",
  cancelled: "Nothing: its sender took it back.",
  dismissed: "Nothing: it was dismissed.",
};

/** What a supervisor who reads of it, and whose it is not, has to do. */
export function toDoOf({ status, told, steps, closed }: Story): string {
  const by = told.find((one) => one.acknowledged_at !== null)?.name;
  if (closed !== null) return `Nothing: ${closed.by.name} ended it.`;
  if (steps.length > 0)
    return "Nobody has acknowledged it yet. See that somebody takes care of it, or end it with a reason.";
  if (by !== undefined) return `Nothing: ${by} acknowledged it.`;
  return OVER[status] ?? "Nothing: nobody has to acknowledge it.";
}

/** What its recipient has to do. */
export function ownToDoOf(notification: NotificationDto): string {
  const { acknowledged_by: colleague, acknowledged_at: at, completion_due_at: due } = notification;
  if (notification.completed_at !== null) return "Nothing: it is completed.";
  if (colleague !== null) return `Nothing: ${colleague.name} acknowledged it.`;
  if (at !== null && due !== null) return "Say that it is completed, once it is.";
  if (at !== null) return "Take care of it: you acknowledged it.";
  if (notification.resolved_at !== null) return "Nothing: its sender says that the problem is over.";
  if (notification.replaced_at !== null) return "Nothing: read the corrected one in its place.";
  if (canDecline(notification))
    return "Acknowledge it if you take care of it; decline it if somebody else has to.";
  if (needsAcknowledgement(notification)) return "Acknowledge it if you take care of it.";
  if (notification.declined_at !== null && canAcknowledge(notification))
    return "Nothing, unless you can take care of it after all.";
  return OVER[notification.status] ?? "Read it. Nobody has to acknowledge it.";
}
