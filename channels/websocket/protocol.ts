import type { RawData } from "ws";
import { z } from "zod";
import { CLOSE, type ClientFrame, type ServerFrame } from "../contract.ts";

/** Every code that a socket is closed with. */
export const CLOSE_CODES = {
  ...CLOSE,
  /** Binary data: the protocol is JSON text. */
  unsupportedData: 1003,
  /** Too many frames, or too many that can't be read. */
  policyViolation: 1008,
  /** A frame over the size limit; sent by `ws` itself. */
  tooLarge: 1009,
} as const;

const seq = z.int().min(0);
const notificationId = z.string().min(1).max(200);

const clientFrame = z.discriminatedUnion("type", [
  z.object({ type: z.literal("auth"), ticket: z.string().min(1).max(1_024) }),
  z.object({ type: z.literal("resume"), after: seq }),
  z.object({ type: z.literal("received"), seq, visible: z.boolean().default(false) }),
  z.object({ type: z.literal("acknowledge"), notification_id: notificationId }),
  z.object({ type: z.literal("dismiss"), notification_id: notificationId }),
]);

export type ParsedFrame = { ok: true; frame: ClientFrame } | { ok: false; detail: string };

/** Reads a client's text frame. Unknown fields are ignored; `detail` never quotes the frame. */
export function parseFrame(data: RawData): ParsedFrame {
  let value: unknown;
  try {
    value = JSON.parse(textOf(data));
  } catch {
    return { ok: false, detail: "the frame is not JSON" };
  }
  const parsed = clientFrame.safeParse(value);
  if (parsed.success) return { ok: true, frame: parsed.data };
  const [issue] = parsed.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? "frame" : issue.path.join(".");
  return { ok: false, detail: `${at}: ${at === "type" ? "unknown type" : "missing or of the wrong kind"}` };
}

export function serializeFrame(frame: ServerFrame): string {
  return JSON.stringify(frame);
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return Buffer.isBuffer(data) ? data.toString("utf8") : Buffer.from(data).toString("utf8");
}
