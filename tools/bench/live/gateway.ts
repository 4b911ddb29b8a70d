/** A node's live channel by itself: the gateway over Redis, with inboxes in memory, so that sockets alone are measured. */
import { createServer } from "node:http";
import { z } from "zod";
import type { NotificationDto } from "../../../channels/contract.ts";
import { createGateway, type InboxStore } from "../../../channels/websocket/gateway.ts";
import { createRedisBridge } from "../../../channels/websocket/redis-bridge.ts";
import { tellAddress } from "./program.ts";

const { LIVE_REDIS } = z.object({ LIVE_REDIS: z.string() }).parse(process.env);
const log = { debug() {}, info() {}, warn() {}, error() {} };

/** The notification that an inbox's change of this number is about. */
const notification = (userId: string, seq: number): NotificationDto => ({
  notification_id: `${userId}-${seq}`,
  seq,
  user_id: userId,
  territory_id: "north",
  sender: "Laboratory",
  category: "system_message",
  priority: "high",
  title: null,
  message: "Potassium 6.8 mmol/L on the sample of 06:10. Repeat it now, and call the laboratory.",
  status: "sent",
  created_at: "2026-01-01T00:00:00.000Z",
  expires_at: null,
  snoozed_until: null,
  read_at: null,
  acknowledged_at: null,
  acknowledged_by: null,
  acknowledge_note: null,
  times: 1,
  last_at: null,
  told_again_at: null,
  told_as_critical: false,
  resolved_at: null,
  resolved_by: null,
  replaces: null,
  replaced_at: null,
  replaced_by: null,
  declined_at: null,
  decline_reason: null,
  read_back: false,
  unacknowledge_until: null,
  completion_due_at: null,
  completed_at: null,
  dismissed_at: null,
  next_step: null,
  escalated_from: null,
  first_recipient: null,
  covers_for: [],
  items: null,
  broadcast: null,
});

const COUNTS = { unacknowledged_critical: 0, unread: 1, open: 1 };

/** Each hint says that one more change is there. */
const inbox: InboxStore = {
  position: () => Promise.resolve(0),
  begin: () => Promise.resolve({ position: 0, seenTo: 0, counts: COUNTS }),
  changesAfter: ({ userId }, after) =>
    Promise.resolve({ changes: [notification(userId, after + 1)], counts: COUNTS }),
  received: ({ userId }, device) => Promise.resolve([`${userId}-${device.to}`]),
  acknowledge: () => Promise.resolve("not_found"),
  dismiss: () => Promise.resolve("not_found"),
};
const gateway = createGateway({
  bridge: createRedisBridge({ url: LIVE_REDIS, prefix: "bench", log }),
  inbox,
  log,
  auth: {
    cookie: ({ headers: { cookie = "" } }) =>
      Promise.resolve({ userId: cookie, sessionId: cookie, inboxId: cookie }),
    ticket: () => Promise.resolve(null),
    alive: () => Promise.resolve("ok"),
    onRevoked: () => () => undefined,
  },
  network: () => "here",
  origin: () => true,
});
const server = createServer();
gateway.attach(server);
tellAddress(server);
