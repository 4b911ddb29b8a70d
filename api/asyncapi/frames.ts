import { z } from "zod";
import type { ServerFrame } from "../../channels/contract.ts";
import { InboxCounts, Notification } from "../notifications/schema.ts";

const seq = z.int().describe("A number of the inbox's change log");
const counts = InboxCounts.exactOptional();
const known: unknown = Notification.meta()?.["examples"];
const notification: unknown = Array.isArray(known) ? known[0] : undefined;

/** Every frame that a node sends on the live channel. `frames.test-d.ts` holds them to the type by which it writes them. */
export const SERVER_FRAMES = [
  z.object({ type: z.literal("hello"), user_id: z.string(), seq, counts }).meta({
    description: "The socket is signed in; live changes begin at `seq` + 1",
    examples: [
      {
        type: "hello",
        user_id: "a.example",
        seq: 16,
        counts: { unacknowledged_critical: 1, unread: 3, open: 8 },
      },
    ],
  }),
  z.object({ type: z.literal("notification"), seq, notification: Notification, counts }).meta({
    description: "An arrival or a change; the last of those that were read together has `counts`",
    examples: [{ type: "notification", seq: 17, notification }],
  }),
  z.object({ type: z.literal("resumed"), seq, after: z.int().exactOptional() }).meta({
    description:
      "Nothing is missing after `after` up to `seq`: the answer to the `resume` that named it, or numbers that were superseded",
    examples: [{ type: "resumed", seq: 17, after: 16 }],
  }),
  z.object({ type: z.literal("error"), code: z.string(), detail: z.string() }).meta({
    description: "A frame was refused; the socket stays open",
    examples: [{ type: "error", code: "bad_frame", detail: "the frame is not JSON" }],
  }),
] as const satisfies readonly z.ZodType<ServerFrame>[];
