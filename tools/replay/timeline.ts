import { z } from "zod";
import { must } from "../../config/must.ts";
import type { Event, History } from "./history.ts";

const Payloads = z
  .object({ payloads: z.array(z.object({ data: z.string().optional() })).optional() })
  .optional();
type Payloads = z.infer<typeof Payloads>;

/** The attributes of an event that tell a reader something. */
const Attributes = z.object({
  workflowType: z.object({ name: z.string() }).optional(),
  activityType: z.object({ name: z.string() }).optional(),
  taskQueue: z.object({ name: z.string().optional() }).optional(),
  signalName: z.string().optional(),
  startToFireTimeout: z.string().optional(),
  markerName: z.string().optional(),
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
  const [, attributes] = Object.entries(event).find(([key]) => key.endsWith("EventAttributes")) ?? [];
  const parsed = Attributes.safeParse(attributes ?? {});
  if (!parsed.success) return [];
  const { workflowType, activityType, taskQueue, signalName, startToFireTimeout, failure, ...rest } =
    parsed.data;
  const marked = rest.details?.["data"] === undefined ? [] : localActivity(rest.details);
  return [
    ...[workflowType?.name, activityType?.name, signalName, startToFireTimeout].flatMap((name) => name ?? []),
    ...(activityType === undefined || taskQueue?.name === undefined ? [] : [`on ${taskQueue.name}`]),
    ...marked,
    ...decode(rest.input),
    ...decode(rest.result).map((text) => `→ ${text}`),
    ...(failure === undefined ? [] : [`failed: ${failure.message ?? "no message"}`]),
  ];
}

const Local = z.object({ activity_type: z.string(), attempt: z.number() });

/** A local activity leaves a marker with its name and its answer. */
function localActivity(details: Record<string, Payloads>): string[] {
  const [data = "{}"] = decode(details["data"]);
  const parsed = Local.safeParse(JSON.parse(data));
  const name = parsed.success ? [`${parsed.data.activity_type} (attempt ${parsed.data.attempt})`] : [];
  return [...name, ...decode(details["result"]).map((text) => `→ ${text}`)];
}

const decode = (payloads: Payloads): string[] =>
  (payloads?.payloads ?? []).flatMap(({ data }) =>
    data === undefined ? [] : [Buffer.from(data, "base64").toString()],
  );
