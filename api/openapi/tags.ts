/** The document's groups of calls, in reading order. */
export const TAGS = {
  Sending: "How services send, and follow what they sent",
  Inbox: "Recipients' notifications and their acts",
  Deliveries: "The outcome of notifications, for supervisors",
  Emergency: "Opening what is not one's own in an emergency, and its review",
  Escalation: "Who is told next when nobody acknowledges",
  "On call": "Who has a role now, and the schedules behind it",
  Topics: "Care teams that a send names by one word",
  Preferences: "People's wishes, and their addresses",
  Sessions: "Signing in and out, and the second factor",
  Administration: "Territories, people, services and their keys, for admins",
  Channels: "The channels' states, and their providers' reports",
  Record: "The audit record, for auditors",
  System: "The system's state, and its description",
} as const satisfies Record<string, string>;
export type Tag = keyof typeof TAGS;
