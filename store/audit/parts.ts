import type { AuditEvent, Json } from "./event.ts";

/** Bytes that the lists of one event may hold: with what else it says, far below what the database takes (256 KiB). */
const MOST_BYTES = 131_072;

/**
 * An event as the database takes it: one whose lists are too long in parts, each of which says which it is (`part`, from 1, of `parts`) and has
 * whatever else the event says. No act is to fail because it is about many.
 */
export function inParts(event: AuditEvent): AuditEvent[] {
  const { payload = {} } = event;
  if (bytesOf(payload) <= MOST_BYTES) return [event];
  const rest = Object.entries(payload).filter(([, value]) => !Array.isArray(value));
  const parts: Record<string, Json[]>[] = [{}];
  let bytes = 0;
  for (const [name, list] of Object.entries(payload)) {
    if (!isList(list)) continue;
    for (const item of list) {
      const size = bytesOf(item);
      if (bytes + size > MOST_BYTES) {
        parts.push({});
        bytes = 0;
      }
      bytes += size;
      const part = parts.at(-1) ?? {};
      (part[name] ??= []).push(item);
    }
  }
  return parts.map((lists, index) => ({
    ...event,
    payload: { ...Object.fromEntries(rest), ...lists, part: index + 1, parts: parts.length },
  }));
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** With the comma and the blank behind it. */
const bytesOf = (value: Json): number => Buffer.byteLength(JSON.stringify(value)) + 2;
