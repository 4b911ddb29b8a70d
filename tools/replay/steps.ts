import { z } from "zod";
import type { Event, History } from "./history.ts";
import type { StepKind } from "./watch.ts";

/** A step that a workflow took, as its history has it. */
export interface Taken {
  kind: StepKind;
  /** Counts the steps of a kind from 1, as the code does; 0 where there is one at most, and for patches. */
  seq: number;
  /** Of an activity, its name; of a timer, its ms; of a patch, its name. */
  name: string;
  eventId: number;
  at: string;
}

export const Payloads = z
  .object({ payloads: z.array(z.object({ data: z.string().optional() })).optional() })
  .optional();
export type Payloads = z.infer<typeof Payloads>;

export const decode = (payloads: Payloads): string[] =>
  (payloads?.payloads ?? []).flatMap(({ data }) =>
    data === undefined ? [] : [Buffer.from(data, "base64").toString()],
  );

/** The attributes of an event, whose key bears the event's name. */
export const attributesOf = (event: Event): unknown =>
  Object.entries(event).find(([key]) => key.endsWith("EventAttributes"))?.[1] ?? {};

const Details = z.record(z.string(), Payloads);
const Marker = z.object({ markerName: z.string(), details: Details.optional() });
const Local = z.object({ seq: z.number(), activity_type: z.string(), attempt: z.number() });
const Patch = z.object({ id: z.string(), deprecated: z.boolean().optional() });

/** What the SDK's core wrote into a marker: that a local activity ran, or that the code took a patch's way. */
export function markerOf(
  event: Event,
): { local: z.infer<typeof Local> } | { patch: z.infer<typeof Patch> } | null {
  const marker = Marker.safeParse(attributesOf(event));
  if (!marker.success) return null;
  for (const payloads of Object.values(marker.data.details ?? {}))
    for (const text of decode(payloads)) {
      const data: unknown = parse(text);
      const local = Local.safeParse(data);
      if (local.success) return { local: local.data };
      const patch = Patch.safeParse(data);
      if (marker.data.markerName === "core_patch" && patch.success) return { patch: patch.data };
    }
  return null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const Scheduled = z.object({ activityId: z.string(), activityType: z.object({ name: z.string() }) });
const Started = z.object({ timerId: z.string(), startToFireTimeout: z.string() });
const ENDS: Record<string, StepKind> = {
  WORKFLOW_EXECUTION_COMPLETED: "end",
  WORKFLOW_EXECUTION_FAILED: "failure",
  WORKFLOW_EXECUTION_CONTINUED_AS_NEW: "continuation",
};

/** The steps of a history, in its order. A local activity has its place where its answer was recorded. */
export const stepsOf = ({ events }: History): Taken[] =>
  events.flatMap((event) => {
    const step = stepOf(event);
    return step === null ? [] : [{ ...step, eventId: Number(event.eventId), at: event.eventTime }];
  });

function stepOf(event: Event): Pick<Taken, "kind" | "seq" | "name"> | null {
  const type = event.eventType.replace("EVENT_TYPE_", "");
  if (type === "ACTIVITY_TASK_SCHEDULED") {
    const { activityId, activityType } = Scheduled.parse(attributesOf(event));
    return { kind: "activity", seq: Number(activityId), name: activityType.name };
  }
  if (type === "TIMER_STARTED") {
    const { timerId, startToFireTimeout } = Started.parse(attributesOf(event));
    const ms = 1_000 * Number(startToFireTimeout.replace(/s$/, ""));
    return { kind: "timer", seq: Number(timerId), name: String(ms) };
  }
  if (type === "MARKER_RECORDED") {
    const marker = markerOf(event);
    if (marker === null) return null;
    return "local" in marker
      ? { kind: "local activity", seq: marker.local.seq, name: marker.local.activity_type }
      : { kind: "patch", seq: 0, name: marker.patch.id };
  }
  const end = ENDS[type];
  return end === undefined ? null : { kind: end, seq: 0, name: "" };
}
