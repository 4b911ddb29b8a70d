import type { Socket } from "node:net";
import {
  defineChannel,
  outcomeOfError,
  type CheckResult,
  type Deliverable,
  type Outcome,
} from "tocsin/channel";
import { z } from "zod";

/** What `CHANNEL_MLLP` holds. */
const configSchema = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(2575),
  tls: z.boolean().default(true),
  /** The receiving application (MSH-5). */
  application: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .default("ALARMS"),
});

/** A device or role as the receiver knows it. */
const HANDLE = /^[A-Za-z0-9._-]{1,64}$/;
const CHECK_TIMEOUT_MS = 4_500;
/** A frame is START, a message, END (HL7 Minimal Lower Layer Protocol, release 1). */
const START = "\x0b";
const END = "\x1c\r";
/** An acknowledgement is a few hundred characters. */
const LONGEST_ANSWER = 65_536;

/** HL7 v2 over MLLP: each notification is an ORU^R40 for an interface engine, which answers with an acknowledgement. */
export default defineChannel({
  name: "mllp",
  config: configSchema,
  hosts: ({ host, port }) => [`${host}:${port}`],
  phi: "redacted",
  idempotent: false,
  address: (text) => (HANDLE.test(text) ? text : null),
  start: ({ host, port, tls, application }, { connect }) => {
    async function deliver({ message, recipient, idempotencyKey, signal }: Deliverable): Promise<Outcome> {
      if (recipient.address === null) return { kind: "reject", code: "no_address" };
      const text = message.title === null ? message.text : `${message.title}\n${message.text}`;
      const segments = [
        `MSH|^~\\&|TOCSIN||${application}||${stamp(message.createdAt)}||ORU^R40^ORU_R40|${idempotencyKey}|P|2.8`,
        `OBX|1|TX|${message.category}^${message.priority}||${escape(text)}||||||F`,
        `PRT|1|UC||AAP||${escape(recipient.address)}`,
      ];
      let socket: Socket;
      try {
        socket = await connect({ host, port, tls, signal });
      } catch (error) {
        // Nothing was sent: the engine is away, and the attempt is made again.
        return outcomeOfError(error);
      }
      try {
        if (signal.aborted) return { kind: "retry", code: "aborted" };
        return outcomeOf(await exchange(socket, segments.join("\r"), signal), idempotencyKey);
      } finally {
        socket.destroy();
      }
    }

    async function check(): Promise<CheckResult> {
      const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
      try {
        const socket = await connect({ host, port, tls, signal });
        socket.destroy();
        return { ok: true };
      } catch {
        return { ok: false, code: signal.aborted ? "timeout" : "unreachable" };
      }
    }

    return { deliver, check };
  },
});

/** Sends one message and waits for one answer; null where the connection, or the attempt's time, ends before it is whole. */
function exchange(socket: Socket, message: string, signal: AbortSignal): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const lost = (): void => resolve(null);
  let heard = "";
  socket.setEncoding("utf8");
  socket.on("data", (part: string) => {
    heard += part;
    const end = heard.indexOf(END);
    if (end >= 0) resolve(heard.slice(heard.indexOf(START) + 1, end));
    else if (heard.length > LONGEST_ANSWER) lost();
  });
  socket.once("error", lost);
  socket.once("close", lost);
  signal.addEventListener("abort", lost, { once: true });
  socket.write(START + message + END);
  return promise;
}

/** What an acknowledgement says in MSA-1. From the first byte sent until it is whole, the message may have been taken. */
function outcomeOf(answer: string | null, id: string): Outcome {
  if (answer === null) return { kind: "unknown", code: "answer_lost" };
  const [, code, answered] = /^MSA\|([^|\r]*)\|([^|\r]*)/m.exec(answer.replaceAll("\r", "\n")) ?? [];
  if (answered !== id) return { kind: "unknown", code: "answer_unreadable" };
  switch (code) {
    case "AA":
    case "CA":
      return { kind: "accepted" };
    case "AR":
    case "CR":
      return { kind: "retry", code: "not_now" };
    case "AE":
    case "CE":
      return { kind: "reject", code: "refused" };
    default:
      return { kind: "unknown", code: "answer_unreadable" };
  }
}

const ESCAPES: Record<string, string> = {
  "\\": "\\E\\",
  "|": "\\F\\",
  "^": "\\S\\",
  "&": "\\T\\",
  "~": "\\R\\",
};

/** Text as HL7 takes it (chapter 2, 2.7): nothing in it ends a field, a segment or the frame. */
const escape = (text: string): string =>
  text
    .replace(/[\\|^&~]/g, (sign) => ESCAPES[sign] ?? "")
    .replace(/\r\n?|\n/g, "\\.br\\")
    .replace(/\p{Cc}/gu, " ");

/** 2026-01-02T03:04:05.000Z as 20260102030405+0000. */
const stamp = (iso: string): string => `${iso.slice(0, 19).replace(/\D/g, "")}+0000`;
