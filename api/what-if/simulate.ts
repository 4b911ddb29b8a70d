import { planSend } from "../../activities/arrival/plan.ts";
import { afterStep, hasWay, planStep } from "../../activities/step.ts";
import { type EscalationRules, firstStepSeconds } from "../../store/notifications/escalation.ts";
import type { Arrival, Wishes } from "../../store/transitions/arrive.ts";
import type { Past, PlainStep } from "../../store/transitions/past-decisions.ts";

/** The settings by which a notification's decisions are made again. */
export interface World {
  /** The channels there are, in order. */
  available: string[];
  rulesFor(past: Past): EscalationRules | null;
  /** Null where it was sent to an on-call role that nobody had. */
  recipientOf(past: Past): Promise<string | null>;
  stepsOf(rules: EscalationRules): Promise<PlainStep[]>;
  /** Whom a step means at a moment, if nobody has answered yet. */
  peopleOf(step: PlainStep["step"], at: Date): Promise<string[]>;
  wishesOf(past: Past, people: string[]): Promise<Wishes[]>;
}

/** That somebody is told by one channel at least. */
export interface Telling {
  userId: string;
  /** 0: by the sending itself; n: by step n. */
  round: number;
  at: Date;
  /** The channels that may be used, in their order. */
  channels: PlannedChannel[];
}

interface PlannedChannel {
  channel: string;
  /** Until when quiet hours hold it. */
  heldUntil: Date | null;
  /** It is not used any more by the time that quiet hours end: its person has the notification, or nobody needs it. */
  spared: boolean;
}

/** Who is told of a notification, when and by what. */
export interface Course {
  recipient: string | null;
  tellings: Telling[];
  /** When enough people had acknowledged; null where that is not on record, or nobody has to. */
  answeredAt: Date | null;
  /** The last resort is told: the rules are used up. */
  exhausted: boolean;
  /** Who acknowledged on record and would not have been told by then: that can't count. */
  groundless: string[];
}

/**
 * Makes the decisions of a notification again. What people did and what channels answered stays as it is on record, and when: nobody's
 * acknowledgement is invented or moved. The last resort ends it, as it would tell the same people again and again.
 * @param until what would come later is not told
 */
export async function simulate(past: Past, world: World, until: Date): Promise<Course> {
  const sentAt = new Date(past.at);
  const end = earliest(until, past.overAt);
  const recipient = await world.recipientOf(past);
  const inboxes = new Map<string, Date>();
  const tellings: Telling[] = [];
  const tell = (arrivals: Arrival[], at: Date, round: number): void => {
    for (const arrival of arrivals) {
      if (!inboxes.has(arrival.userId)) inboxes.set(arrival.userId, at);
      if (hasWay(arrival))
        tellings.push({ userId: arrival.userId, round, at, channels: channelsOf(arrival) });
    }
  };

  const { id, category, priority } = past;
  const wanted = { category, priority, channels: past.channels, channel_terms: past.terms };
  const wishesOf = async (people: string[], at: Date): Promise<Wishes[]> =>
    (await world.wishesOf(past, people)).map((wishes) => judgedAt(wishes, at));
  const [own] = recipient === null ? [] : await wishesOf([recipient], sentAt);
  if (own !== undefined) tell(planSend(id, own, wanted, world.available), sentAt, 0);

  const rules = world.rulesFor(past);
  const answeredAt = (by: Date): Date | null => {
    const valid = past.acts.filter((act) => act.kind === "acknowledged" && isGrounded(past, inboxes, act));
    const last = valid[(rules?.acknowledgers ?? 1) - 1];
    return last !== undefined && new Date(last.at) <= by ? new Date(last.at) : null;
  };

  let exhausted = false;
  let since = sentAt;
  const firstSeconds = firstStepSeconds(rules);
  let at = firstSeconds === null ? until : later(sentAt, firstSeconds);
  for (const due of rules === null ? [] : await world.stepsOf(rules)) {
    at = hurried(past, tellings, inboxes, { round: due.number, since, at });
    if (at > end || answeredAt(at) !== null) break;
    const { step } = due;
    const to = "recipient" in step.to && recipient !== null ? { user_id: recipient } : step.to;
    const meant = await world.peopleOf({ ...step, to }, at);
    const done = new Set(
      past.acts.flatMap((act) =>
        isGrounded(past, inboxes, act) &&
        new Date(act.at) <= at &&
        (act.kind === "acknowledged" || step.last_resort !== true)
          ? [act.userId]
          : [],
      ),
    );
    const people = meant.filter((userId) => !done.has(userId));
    const targets = await wishesOf(people, at);
    const arrivals = planStep(id, { ...due, category, priority, recipient, targets }, world.available);
    tell(arrivals, at, due.number + 1);
    exhausted = step.last_resort === true;
    const next = afterStep(due);
    since = at;
    // A step that reaches nobody is over at once, as in escalate.sql.
    at = arrivals.some(hasWay) || next.exhausted ? later(at, next.nextSeconds) : at;
  }
  const answered = answeredAt(end);
  return {
    recipient,
    tellings: tellings.map((telling) =>
      spareHeld(past, telling, earliest(end, answered?.toISOString() ?? null)),
    ),
    answeredAt: rules === null ? null : answered,
    exhausted,
    groundless: past.acts.flatMap((act) =>
      act.kind === "acknowledged" && !isGrounded(past, inboxes, act) ? [act.userId] : [],
    ),
  };
}

/** Somebody's wishes as quiet hours are judged at a moment. */
function judgedAt(wishes: Wishes, at: Date): Wishes {
  const now = at.toISOString();
  return { ...wishes, now, cover: wishes.cover === null ? null : { ...wishes.cover, now } };
}

const later = (at: Date, seconds: number): Date => new Date(at.getTime() + seconds * 1_000);

const earliest = (one: Date, other: string | null): Date =>
  other !== null && new Date(other) < one ? new Date(other) : one;

const channelsOf = ({ deliveries }: Arrival): PlannedChannel[] =>
  deliveries.flatMap(({ channel, skip, holdUntil }) =>
    skip === null ? [{ channel, heldUntil: holdUntil, spared: false }] : [],
  );

/**
 * Whether what somebody did can have happened here too: on record it followed their being told, and here they are told by then. What they did
 * untold, as on the board, stays.
 */
function isGrounded(past: Past, inboxes: Map<string, Date>, { userId, at }: Past["acts"][number]): boolean {
  const moment = new Date(at);
  const wasTold = past.told.some((told) => told.userId === userId && new Date(told.at) <= moment);
  const told = inboxes.get(userId);
  return !wasTold || (told !== undefined && told <= moment);
}

/** When a step is taken that is due at `at`: at once where somebody declines, or where every channel of the recipient's first round has failed. */
function hurried(
  past: Past,
  tellings: Telling[],
  inboxes: Map<string, Date>,
  { round, since, at }: { round: number; since: Date; at: Date },
): Date {
  const moments = past.acts.flatMap((act) =>
    act.kind === "declined" && isGrounded(past, inboxes, act) ? [new Date(act.at)] : [],
  );
  if (round === 0 && past.failedAt !== null && failsAlike(past, tellings))
    moments.push(new Date(past.failedAt));
  return moments.filter((moment) => moment > since && moment < at).toSorted((a, b) => +a - +b)[0] ?? at;
}

/** Whether the first round uses no channel but those that are on record as failed or not used, and reaches nobody else. */
function failsAlike({ priority, userId, told }: Past, tellings: Telling[]): boolean {
  const recorded = told.find((one) => one.round === 0 && one.userId === userId)?.deliveries ?? [];
  const tried = new Set(recorded.map(({ channel }) => channel));
  return (
    priority === "critical" &&
    tellings.every((one) => one.userId === userId && one.channels.every(({ channel }) => tried.has(channel)))
  );
}

/** Marks channels that quiet hours hold for longer than they are needed. */
const spareHeld = ({ reached }: Past, telling: Telling, end: Date): Telling => {
  const seen = reached[telling.userId];
  const needed = seen !== undefined && new Date(seen) >= telling.at ? earliest(end, seen) : end;
  return {
    ...telling,
    channels: telling.channels.map((one) => ({
      ...one,
      spared: one.heldUntil !== null && one.heldUntil > needed,
    })),
  };
};
