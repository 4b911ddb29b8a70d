import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { z } from "zod";
import { isBefore } from "../audit/fold.ts";
import type { LeafRow } from "../audit/leaf.ts";
import { ArchiveFault, FILES } from "./manifest.ts";

const Line = z.object({
  id: z.int(),
  epoch: z.int(),
  xid: z.string(),
  at: z.string(),
  territory_id: z.string().nullable(),
  actor: z.string(),
  action: z.string(),
  outcome: z.string(),
  object_id: z.string().nullable(),
  payload: z.string(),
  leaf: z.string().transform((hex) => Buffer.from(hex, "hex")),
});

/** The events of an archive of the record, in the order of sealing. @throws ArchiveFault where they can't be read on */
export async function* archivedEvents(folder: string): AsyncGenerator<LeafRow> {
  let read = 0;
  try {
    for await (const line of linesOf(join(folder, FILES.events))) {
      const row = Line.parse(JSON.parse(line));
      read += 1;
      yield row;
    }
  } catch (error) {
    throw new ArchiveFault(`can't be read on after ${read} events`, { cause: error });
  }
}

/** The lines of a gzipped file. @throws what the stream does where it is no such file, or not whole */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const text = createGunzip();
  // Whoever reads the text hears of a fault.
  pipeline(createReadStream(file), text).catch(() => undefined);
  text.setEncoding("utf8");
  let rest = "";
  for await (const chunk of text) {
    const lines: string[] = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** An event's place in the order of sealing, against another's: below 0 where it comes first. */
function compareEvents(one: LeafRow, other: LeafRow): number {
  if (one.epoch !== other.epoch) return one.epoch - other.epoch;
  if (one.xid !== other.xid) return BigInt(one.xid) < BigInt(other.xid) ? -1 : 1;
  return one.id - other.id;
}

/** Events in their order, and the place before which none of them comes: it is opened once the others have come so far. */
export interface Stream {
  epoch: number;
  xid: bigint;
  open(): AsyncGenerator<LeafRow>;
}

/** The events of several streams in one order. */
export async function* mergeEvents(streams: Stream[]): AsyncGenerator<LeafRow> {
  const closed = streams.toSorted((one, other) => one.epoch - other.epoch || (one.xid < other.xid ? -1 : 1));
  let heads: { row: LeafRow; rest: AsyncGenerator<LeafRow> }[] = [];
  for (;;) {
    heads.sort((one, other) => compareEvents(one.row, other.row));
    const [least] = heads;
    const [next] = closed;
    if (next !== undefined && (least === undefined || !isBefore(least.row, next))) {
      closed.shift();
      const rest = next.open();
      const { value, done } = await rest.next();
      if (done !== true) heads.push({ row: value, rest });
      continue;
    }
    if (least === undefined) return;
    yield least.row;
    const { value, done } = await least.rest.next();
    if (done === true) heads = heads.filter((head) => head !== least);
    else least.row = value;
  }
}
