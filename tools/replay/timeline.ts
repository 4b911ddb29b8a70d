import { z } from "zod";
import { must } from "../../config/must.ts";
import { duration } from "./duration.ts";
import type { Event, History } from "./history.ts";
import { attributesOf, decode, markerOf, Payloads } from "./steps.ts";

/** The attributes of an event that tell a reader something. */
const Attributes = z.object({
  workflowType: z.object({ name: z.string() }).optional(),
  activityType: z.object({ name: z.string() }).optional(),
  taskQueue: z.object({ name: z.string().optional() }).optional(),
  signalName: z.string().optional(),
  startToFireTimeout: z.string().optional(),
  details: z.record(z.string(), Payloads).optional(),
  input: Payloads,
  result: Payloads,
  failure: z.looseObject({ message: z.string().optional() }).optional(),
});

/** A history for people: a line for each event, with its number, ms since the start, what happened, and its ids. */
export function timeline({ events }: History): string[] {
  const start = Date.parse(must(events[0], "event").eventTime);
  return events.map((event) => {
    const at = String(Date.parse(event.eventTime) - start).padStart(8);
    return `${event.eventId.padStart(4)} ${at} ms  ${nameOf(event)}  ${describe(event).join("  ")}`.trimEnd();
  });
}

function nameOf({ eventType }: Event): string {
  const words = eventType.replace("EVENT_TYPE_", "").toLowerCase().replaceAll("_", " ");
  return words.padEnd(28);
}

function describe(event: Event): string[] {
  const parsed = Attributes.safeParse(attributesOf(event));
  if (!parsed.success) return [];
  const { workflowType, activityType, taskQueue, signalName, startToFireTimeout, failure, ...rest } =
    parsed.data;
  return [
    ...[workflowType?.name, activityType?.name, signalName].flatMap((name) => name ?? []),
    ...(startToFireTimeout === undefined ? [] : [`for ${duration(msOf(startToFireTimeout))}`]),
    ...(activityType === undefined || taskQueue?.name === undefined ? [] : [`on ${taskQueue.name}`]),
    ...marked(event),
    ...decode(rest.details?.["result"]).map((text) => `→ ${text}`),
    ...decode(rest.input),
    ...decode(rest.result).map((text) => `→ ${text}`),
    ...(failure === undefined ? [] : [`failed: ${failure.message ?? "no message"}`]),
  ];
}

const msOf = (seconds: string): number => 1_000 * Number(seconds.replace(/s$/, ""));

/** A local activity leaves a marker with its name, and so does a patch whose new way was taken. */
function marked(event: Event): string[] {
  const marker = markerOf(event);
  if (marker === null) return [];
  return "local" in marker
    ? [`${marker.local.activity_type} (attempt ${marker.local.attempt})`]
    : [`the new way of patched("${marker.patch.id}")`];
}
