import { tooLarge } from "./errors.ts";
import { createMeasure, type Span } from "./json-measure.ts";
import { parse } from "./json.ts";
import { createPause } from "./pause.ts";

/** Stands for an item that is larger than it may be. It was not decoded. */
export const OVERSIZED = Symbol("oversized item");

/** Bytes that are looked at between two pauses. */
const STEP = 65_536;

/**
 * Decodes a large body of JSON as strictly as `decodeJson`, without holding the event loop for longer than one item takes: the items of
 * lists in its outermost object are decoded one by one, and everything else has its turn between them.
 * @param maxValues how many values and keys it may hold
 * @param maxItem bytes that an item may hold, and all the rest of the body; a larger item becomes OVERSIZED
 * @throws Problem 400; 413 where the rest is larger; 422 for a list of more than 1,000 items
 */
export async function decodeItems(
  body: Buffer,
  { maxValues, maxItem }: { maxValues: number; maxItem: number },
): Promise<unknown> {
  const pause = createPause();
  const measure = createMeasure(body, maxValues);
  for (let end = STEP; end < body.length + STEP; end += STEP) {
    measure.upTo(Math.min(end, body.length));
    await pause();
  }
  const spans = measure.items.filter((span) => !isBlank(body, span));
  const frame = parse(frameOf(body, spans, maxItem));
  const items: unknown[] = [];
  for (const { start, end } of spans) {
    items.push(end - start > maxItem ? OVERSIZED : parse(body.subarray(start, end), true));
    await pause();
  }
  if (typeof frame !== "object" || frame === null || spans.length === 0) return frame;
  return Object.fromEntries(
    Object.entries(frame).map(([key, value]: [string, unknown]) => [
      key,
      Array.isArray(value) ? value.map((index: number) => items[index]) : value,
    ]),
  );
}

/** The body with the number of each item in its place. */
function frameOf(body: Buffer, spans: readonly Span[], most: number): Buffer {
  const parts: Buffer[] = [];
  let size = 0;
  const add = (part: Buffer): void => {
    size += part.length;
    if (size > most) throw tooLarge(most, "What a body holds beside its items");
    parts.push(part);
  };
  let from = 0;
  for (const [index, { start, end }] of spans.entries()) {
    add(body.subarray(from, start));
    add(Buffer.from(String(index)));
    from = end;
  }
  add(body.subarray(from));
  return Buffer.concat(parts);
}

/** Whether there is nothing but white space: a list without items, or a comma that should not be there, which the parser refuses. */
function isBlank(body: Buffer, { start, end }: Span): boolean {
  for (let at = start; at < end; at++) if (!WHITE.has(body[at] ?? 0)) return false;
  return true;
}
const WHITE = new Set([0x20, 0x09, 0x0a, 0x0d]);
