/* Made by `npm run docs:api` from the API's document. */

export interface Broadcast {
  territory_id: string;
  /** 16,384 bytes in UTF-8 at most, unless the installation says otherwise */
  message: string;
  title?: string | null;
  category?: "order_update" | "patient_alert" | "system_message";
  priority?: "normal" | "high" | "critical";
  known?: readonly {
    kind: string;
    value: string;
  }[];
  /** The channels to use, in that order; all there are unless given */
  channels?: readonly (
    | string
    | {
        channel: string;
        /** Not used for what is less urgent */
        from?: "high" | "critical";
        /** Begun with the channel before it, not after that */
        parallel?: boolean;
      }
  )[];
  send_at?: string;
  expires_at?: string;
  escalation_policy_id?: string;
  metadata?: Readonly<Record<string, string>>;
  /** Not for broadcasts */
  dedup_key?: never;
  /** Not for broadcasts */
  replaces?: never;
  role?: "clinician" | "supervisor" | null;
  /** The people of a topic alone; beside role, those of them who have it */
  topic?: string;
}

export interface BroadcastAnswer {
  broadcast_id: string;
  status: "sent";
}

export interface BroadcastProgress {
  broadcast_id: string;
  status: "sent" | "completed" | "cancelled";
  recipients: number;
  persisted: number;
  delivered: number;
  acknowledged: number;
}

export interface CancelAnswer {
  status: "cancelled";
}

export interface CancelledBroadcast {
  status: "cancelled";
  /** People whom it had got to: on a device, by a channel outside, or who acted on it */
  reached: number;
  /** The others whom it was for */
  not_reached: number;
}

export interface Delivery {
  delivery_id: string;
  notification_id: string;
  user_id: string;
  territory_id: string;
  category: "order_update" | "patient_alert" | "system_message";
  priority: "normal" | "high" | "critical";
  channel: string;
  status: "queued" | "claimed" | "accepted" | "delivered" | "failed" | "skipped" | "unknown";
  /** Why it was not made, failed or is unknown */
  reason: string | null;
  attempts: number;
  /** Until when the recipient's quiet hours hold it */
  held_until: string | null;
  /** The delivery that this one repeats, or whose place it took */
  redelivery_of: string | null;
  /** It tells that nothing is left to do about what `redelivery_of` brought: how that ended */
  stand_down: "taken" | "resolved" | "replaced" | "cancelled" | "expired" | "closed" | null;
  created_at: string;
  at: string;
}

export interface Event {
  type:
    | "notification.delivered"
    | "notification.seen"
    | "notification.acknowledged"
    | "notification.unacknowledged"
    | "notification.declined"
    | "notification.completed"
    | "notification.escalated"
    | "notification.exhausted"
    | "notification.failed"
    | "notification.expired"
    | "notification.cancelled"
    | "notification.resolved";
  /** When it happened */
  timestamp: string;
  data: {
    /** The same each time it is sent; `webhook-id` of a webhook */
    event_id: string;
    /** Its number among the service's events */
    seq: number;
    notification_id: string;
    /** Of a copy, the notification that was escalated */
    escalated_from: string | null;
    /** What the call that sent it answered */
    send_id: string;
    territory_id: string;
    /** Whose notification it is; null: of a broadcast's alert */
    user_id: string | null;
    delivery_id: string | null;
    channel: string | null;
    /** A code */
    reason: string | null;
    /** Of an escalation, which step, from 1 */
    step: number | null;
  };
}

export interface EventList {
  events: readonly Event[];
  /** `after` of the next call */
  next: number;
  /** Events after the given number are missing: they are not kept any more */
  gap: boolean;
}

export interface NewSubjectToken {
  /** Whose inbox is shown */
  user_id: string;
  /** What of it: the notifications of this territory */
  territory_id: string;
  /** The pages that show it; an admin has allowed the key to ask for this origin */
  origin: string;
  /** How long it is good, in seconds; never longer than the key */
  ttl_s?: number;
}

export type Nothing = Readonly<Record<string, never>>;

export interface Problem {
  /** Stable: urn:tocsin:problem:<kind> */
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Each field that is missing or wrong */
  errors?: readonly {
    path: string;
    message: string;
  }[];
}

export interface Resolve {
  /** Where the problem is over; every territory of the key unless given */
  territory_id?: string;
}

export interface Resolved {
  status: "resolved";
  /** The key's alert in each territory, and what is on its way with the key */
  alerts: readonly {
    notification_id: string;
    territory_id: string;
    resolved_at: string;
  }[];
}

export interface Send {
  user_id?: string;
  /** In place of user_id: whoever has the on-call role, at send_at where that is given; or everybody of a topic, as it is now */
  to?:
    | {
        role: string;
      }
    | {
        topic: string;
      };
  territory_id: string;
  /** 16,384 bytes in UTF-8 at most, unless the installation says otherwise */
  message: string;
  title?: string | null;
  category?: "order_update" | "patient_alert" | "system_message";
  priority?: "normal" | "high" | "critical";
  known?: readonly {
    kind: string;
    value: string;
  }[];
  /** The channels to use, in that order; all there are unless given */
  channels?: readonly (
    | string
    | {
        channel: string;
        /** Not used for what is less urgent */
        from?: "high" | "critical";
        /** Begun with the channel before it, not after that */
        parallel?: boolean;
      }
  )[];
  send_at?: string;
  expires_at?: string;
  escalation_policy_id?: string;
  metadata?: Readonly<Record<string, string>>;
  /** Whoever acknowledges has to read this back, e.g. 6.8; sealed with the message */
  require_read_back?: string;
  /** Names the problem, for this service and territory: while its alert is open, repeats join it */
  dedup_key?: string;
  /** The notification that this one corrects; sent by the same service to the same territory */
  replaces?: string;
}

export interface SendBulkAnswer {
  results: readonly (
    | Sent
    | {
        problem: Problem;
      }
  )[];
}

export interface SendBulkBody {
  notifications: readonly Send[];
}

export interface Sent {
  notification_id: string;
  status: "sent";
  /** Of a send to a topic: how far it has come, under /api/broadcasts */
  broadcast_id?: string;
  /** With Prefer: wait only */
  deliveries?: readonly Delivery[];
}

export interface SubjectToken {
  /** Shown this once: only its hash is kept */
  token: string;
  expires_at: string;
}

export interface Ticket {
  ticket: string;
  /** Seconds */
  expires_in: number;
}
