import type { RawData } from "ws";
import { z } from "zod";
import { unknownName } from "../../config/names.ts";
import { strictFault } from "../../config/strict-json.ts";
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
/** Most characters of an unknown field's name in an answer. */
const LONGEST_NAME = 100;
const notificationId = z.string().min(1).max(200);

/** Every frame that a client may send; the live channel's document is made of them. */
export const CLIENT_FRAMES = [
  z.strictObject({ type: z.literal("auth"), ticket: z.string().min(1).max(1_024) }).meta({
    description:
      "Signs in a socket that came without a cookie, by a ticket of `POST /api/realtime/tickets`; its first frame, within 15 s",
    examples: [{ type: "auth", ticket: "the ticket" }],
  }),
  z.strictObject({ type: z.literal("resume"), after: seq }).meta({
    description: "Asks for every change after this number, which `resumed` follows",
    examples: [{ type: "resume", after: 16 }],
  }),
  z.strictObject({ type: z.literal("received"), seq, visible: z.boolean().default(false) }).meta({
    description:
      "A device has everything up to this number; with `visible`, a page that is visible shows it, which counts as seen",
    examples: [{ type: "received", seq: 17, visible: true }],
  }),
  z.strictObject({ type: z.literal("acknowledge"), notification_id: notificationId }).meta({
    description: "Acknowledges a notification, as `POST /api/notifications/{id}/acknowledge` does",
    examples: [{ type: "acknowledge", notification_id: "0195a1f0-5c00-7000-8000-000000000001" }],
  }),
  z.strictObject({ type: z.literal("dismiss"), notification_id: notificationId }).meta({
    description: "Dismisses a notification, as `POST /api/notifications/{id}/dismiss` does",
    examples: [{ type: "dismiss", notification_id: "0195a1f0-5c00-7000-8000-000000000001" }],
  }),
] as const;
const clientFrame = z.discriminatedUnion("type", CLIENT_FRAMES);

export type ParsedFrame = { ok: true; frame: ClientFrame } | { ok: false; detail: string };

/**
 * Reads a client's text frame, as strictly as a body: one with a key twice, or with a field that it does not have, is refused, since what a
 * client wrote is never dropped in silence. `detail` quotes nothing of the frame but that field's name.
 */
export function parseFrame(data: RawData): ParsedFrame {
  const bytes = bytesOf(data);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    return { ok: false, detail: "the frame is not JSON" };
  }
  const fault = strictFault(bytes);
  if (fault !== null) return { ok: false, detail: fault };
  const parsed = clientFrame.safeParse(value);
  return parsed.success
    ? { ok: true, frame: parsed.data }
    : { ok: false, detail: faultOf(value, parsed.error.issues) };
}

/** The first fault of a frame: a field with a wrong name rather than the one that is missing for it. */
function faultOf(frame: unknown, issues: z.core.$ZodIssue[]): string {
  const [name] = issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []));
  if (name !== undefined) return `${name.slice(0, LONGEST_NAME)} ${unknownName(name, fieldsOf(frame))}`;
  const [issue] = issues;
  const at = issue === undefined || issue.path.length === 0 ? "frame" : issue.path.join(".");
  return `${at}: ${at === "type" ? "unknown type" : "missing or of the wrong kind"}`;
}

/** The fields that a frame of its type has. */
function fieldsOf(frame: unknown): string[] {
  const kind = CLIENT_FRAMES.find(({ shape: { type } }) => z.object({ type }).safeParse(frame).success);
  return Object.keys(kind?.shape ?? {});
}

export function serializeFrame(frame: ServerFrame): string {
  return JSON.stringify(frame);
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
