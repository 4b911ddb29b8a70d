import type { CallerKind, Route } from "../../api/http/route.ts";
import { type Caller, CALLERS, DAYS, NORTH, SECRET, type Things } from "./callers.ts";

/** A caller's result: let in (the handler may still refuse), or one of the refusals. */
export type Outcome = "in" | 401 | 403 | 404;

/** Whoever shows a subject token is that alone, whatever the kind of caller that the route names. */
const PAGE: Caller = "a page of another system";
const isService = (caller: Caller): boolean => caller.includes("sender");
const isPerson = (caller: Caller): boolean =>
  caller !== "nobody" && caller !== "a wall's screen" && caller !== PAGE && !isService(caller);

/** Lets in some people only; the others get 403 or 404. */
const peopleWho = (allowed: Caller[], others: 403 | 404) => (caller: Caller) =>
  !isPerson(caller) ? 401 : allowed.includes(caller) ? "in" : others;

/** The outcome for everybody who tries, by the kind of caller that the route names. */
const KINDS: Record<CallerKind, (caller: Caller) => Outcome> = {
  anyone: () => "in",
  // A channel checks its provider's signature; no channel with a provider is configured here.
  provider: () => 404,
  service: (caller) => (isService(caller) ? "in" : 401),
  sender: (caller) => (caller === "its sender" ? "in" : isService(caller) ? 404 : 401),
  person: (caller) => (isPerson(caller) ? "in" : 401),
  recipient: peopleWho(["its recipient"], 404),
  supervisor: peopleWho(["its supervisor", "a supervisor elsewhere"], 403),
  auditor: peopleWho(["an auditor"], 403),
  admin: peopleWho(["an admin"], 403),
  wall: (caller) => (caller === "a wall's screen" ? "in" : 401),
  follower: (caller) =>
    caller === "nobody" || caller === "a wall's screen"
      ? 401
      : ["its sender", "its recipient", "its supervisor"].includes(caller)
        ? "in"
        : 404,
};

/** The things that a route's test needs beside the route itself. */
interface Case {
  /** The thing whose id takes the place of `{id}` in the path. */
  thing?: keyof Things;
  /** The things of callers who find that one gone. */
  of?: Partial<Record<Caller, keyof Things>>;
  /** What stands behind the `?` of the address. */
  query?: string;
  /** Other names in the path. */
  path?: Record<string, string>;
  body?: object;
  /** Outcomes that do not follow from the kind of caller. */
  but?: Partial<Record<Caller, Outcome>>;
  /** The call ends the caller's session. */
  endsSession?: boolean;
}

/** Another territory's supervisor hears that there is nothing. */
const inTerritory = { "a supervisor elsewhere": 404 } as const;
const everybody = (
  outcome: Outcome,
  of: (caller: Caller) => boolean = () => true,
): Partial<Record<Caller, Outcome>> =>
  Object.fromEntries(CALLERS.filter(of).map((caller) => [caller, outcome]));

/** The id of nothing there is. */
const NOTHING = "00000000-0000-7000-8000-000000000000";
const STEPS = { steps: [{ after_seconds: 600, to: { role: "supervisor" } }] };
const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
const TOMORROW = {
  starts_at: new Date(Date.now() + 86_400_000).toISOString(),
  ends_at: new Date(Date.now() + 90_000_000).toISOString(),
};
const message = { user_id: "demo-clinician-1", territory_id: NORTH, message: SECRET };
const outside = { "a sender elsewhere": 403 } as const;
/** No plugin is configured here that would reach an address. */
const noChannel = { path: { channel: "pigeon" }, but: everybody(404, isPerson) };

/** Who is nobody in the north hears that there is nothing. */
const OUTSIDERS: Caller[] = ["a clinician elsewhere", "a supervisor elsewhere", "an admin", "an auditor"];
const inside = everybody(404, (caller) => OUTSIDERS.includes(caller));
/** Who keeps a topic of the north; its people see it. */
const keepers = { ...inside, "an admin": "in" } as const;
/** What one of them removes is not there for the other. */
const ANOTHER = { "an admin": "topicOfAdmin" } as const;
/** Who sees the alerts that wait for an acknowledgement. */
const WATCHFUL = new Set<Caller>(["its supervisor", "a supervisor elsewhere", "an admin"]);
/** Lets in who watches over a territory or all of them, or answers them something else. */
const theWatchful = (outcome: Outcome = "in"): Partial<Record<Caller, Outcome>> => ({
  ...everybody(403, (caller) => isPerson(caller) && !WATCHFUL.has(caller)),
  ...everybody(outcome, (caller) => WATCHFUL.has(caller)),
});

/** Nothing waits to be confirmed here. */
const noChange = {
  path: { id: NOTHING },
  but: { "an admin": 404 },
} as const;

/** Who may open something in an emergency; there is no such thing here. */
const WATCHED = new Set<Caller>([
  "its recipient",
  "a colleague",
  "a clinician elsewhere",
  "its supervisor",
  "a supervisor elsewhere",
]);
/** Nobody has opened anything here. */
const noAccess = {
  path: { id: NOTHING },
  but: everybody(404, isPerson),
};

/** What a browser names a passkey by. */
const CREDENTIAL = { id: "a2V5", rawId: "a2V5", type: "public-key" };

/** By the route's id; a route that is not here is called as it is. */
const CASES: Record<string, Case> = {
  send: { body: message, but: outside },
  sendBulk: { body: { notifications: [message] } },
  broadcast: { body: { territory_id: NORTH, message: SECRET }, but: outside },
  cancel: { thing: "notification" },
  // Nothing was sent with a key.
  resolveAlert: { path: { dedup_key: "freezer-7" }, but: everybody(404, isService) },
  readBroadcast: { thing: "broadcast" },
  cancelBroadcast: { thing: "broadcast" },

  readNotification: { thing: "notification" },
  proveNotification: { thing: "notification" },
  markRead: { thing: "notification" },
  markUnread: { thing: "notification" },
  restore: { thing: "notification" },
  snooze: { thing: "notification", body: { until: inAnHour } },
  listRevealReasons: { thing: "notification" },
  reveal: { thing: "notification" },
  acknowledge: { thing: "notification" },
  unacknowledge: { thing: "notification" },
  // Nobody acknowledged it: 409.
  complete: { thing: "notification" },
  dismiss: { thing: "notification" },
  decline: { thing: "notification", body: { reason: "In theatre" } },
  readTimeline: { thing: "notification" },
  readStory: {
    thing: "notification",
    but: everybody(
      404,
      (caller) => isPerson(caller) && caller !== "its recipient" && caller !== "its supervisor",
    ),
  },

  redeliver: { thing: "delivery", but: inTerritory },
  listUnanswered: { but: theWatchful() },
  listFailedWork: { but: theWatchful() },
  // It has not failed.
  redrive: { thing: "delivery", but: theWatchful(404) },
  redriveMany: { body: { ids: [NOTHING] }, but: theWatchful() },
  grantWall: { body: { territory_id: NORTH, name: "Matrix" } },
  endWall: { thing: "wall" },
  openWall: { body: { code: "none" } },
  // No alert of the north waits for an acknowledgement.
  closeUnanswered: {
    thing: "notification",
    body: { reason: "seen at the bedside" },
    but: { "its supervisor": 404, ...inTerritory },
  },
  createPolicy: {
    body: { territory_id: NORTH, name: "One more", rules: STEPS },
    but: { "a supervisor elsewhere": 403 },
  },
  tryPolicy: {
    body: { territory_id: NORTH, steps: [{ to: { role: "supervisor" } }] },
    but: { "a supervisor elsewhere": 403 },
  },
  askWhatIf: {
    body: {
      territory_id: NORTH,
      from: "2026-02-01T00:00:00Z",
      to: "2026-02-08T00:00:00Z",
      change: { channels: ["websocket"] },
    },
    but: { "a supervisor elsewhere": 403 },
  },
  // Neither has an inbox.
  createTrial: { but: { "an admin": 403, "an auditor": 403 } },
  readPolicy: { thing: "policy", but: inTerritory },
  changePolicy: { thing: "policy", body: { name: "Renamed" }, but: inTerritory },
  removePolicy: { thing: "policy", but: inTerritory },
  createOnCallRole: {
    body: { territory_id: NORTH, role: "matrix-two", name: "Two", schedule_id: NOTHING },
    but: { "a supervisor elsewhere": 403 },
  },
  listColleagues: { query: `territory=${NORTH}`, but: inside },
  listUnreachable: { query: `territory=${NORTH}`, but: inTerritory },
  readOnCallRole: { thing: "role", but: inside },
  changeOnCallRole: { thing: "role", body: { name: "Renamed" }, but: inside },
  removeOnCallRole: { thing: "role", but: inside },
  createTopic: {
    body: { territory_id: NORTH, topic: "matrix-two", name: "Two" },
    but: { "a supervisor elsewhere": 403, "an admin": "in" },
  },
  readTopic: { thing: "topic", but: { ...inside, "an admin": "in" } },
  changeTopic: { thing: "topic", body: { name: "Renamed" }, but: keepers },
  removeTopic: { thing: "topic", of: ANOTHER, but: keepers },
  findTopicPeople: { thing: "topic", but: keepers },
  addTopicMember: { thing: "topic", path: { user: "demo-clinician-1" }, but: keepers },
  removeTopicMember: { thing: "topic", of: ANOTHER, path: { user: "demo-clinician-1" }, but: keepers },
  createScimToken: { body: { name: "Matrix" } },
  revokeScimToken: { path: { id: NOTHING }, but: { "an admin": 404 } },
  changeScimGroup: { path: { id: NOTHING }, body: { mapping: null }, but: { "an admin": 404 } },
  createSchedule: { body: { ...DAYS, territory_id: NORTH }, but: { "a supervisor elsewhere": 403 } },
  readSchedule: { thing: "schedule", but: inside },
  changeSchedule: { thing: "schedule", body: { name: "Renamed" }, but: inside },
  removeSchedule: { thing: "schedule", but: inside },
  listShifts: { thing: "schedule", but: inside },
  listOverrides: { thing: "schedule", but: inside },
  // It is the recipient's turn, and not the colleague's.
  createOverride: {
    thing: "schedule",
    body: { user_id: "demo-clinician-2", starts_at: new Date().toISOString(), ends_at: inAnHour },
    but: { ...inside, "a colleague": 403 },
  },
  removeOverride: {
    thing: "schedule",
    path: { override: NOTHING },
    but: { ...inside, "its supervisor": 404 },
  },
  listSwaps: { thing: "schedule", but: inside },
  // It is the recipient's turn, and never the colleague's.
  createSwap: {
    thing: "schedule",
    body: { mine: TOMORROW, theirs: TOMORROW, with: "demo-clinician-2" },
    but: { ...inside, "a colleague": 403 },
  },
  acceptSwap: { thing: "schedule", path: { swap: NOTHING }, but: everybody(404, isPerson) },
  declineSwap: { thing: "schedule", path: { swap: NOTHING }, but: everybody(404, isPerson) },
  removeSwap: { thing: "schedule", path: { swap: NOTHING }, but: everybody(404, isPerson) },
  importCalendar: { thing: "schedule", but: inside },
  subscribeCalendar: { thing: "schedule", body: { url: "https://127.0.0.1/" }, but: inside },
  readCalendar: { thing: "schedule", but: { ...inside, "its supervisor": 404 } },
  removeCalendar: { thing: "schedule", but: { ...inside, "its supervisor": 404 } },
  createFeed: { thing: "schedule", but: inside },
  removeFeed: { thing: "schedule", but: inside },
  readFeed: { path: { token: "none" }, but: everybody(404) },
  tryRedactionDraft: { body: { text: "x", redaction: {} } },
  tryRedaction: { body: { text: "x", territory_id: NORTH }, but: { "a supervisor elsewhere": 403 } },
  markRedaction: {
    body: { text: "x", start: 0, end: 1, verdict: "missed", kind: "name", territory_id: NORTH },
    but: { "a supervisor elsewhere": 403 },
  },
  removeRedactionExample: noChange,

  readTerritory: { thing: "territory" },
  changeTerritory: { thing: "territory", body: { name: "North" } },
  archiveTerritory: { thing: "territory" },
  readUser: { thing: "user" },
  changeUser: { thing: "user", body: { name: "Renamed" } },
  disableUser: { thing: "user" },
  listUserSessions: { thing: "user" },
  endUserSessions: { thing: "user" },
  inviteUser: { thing: "user" },
  acceptInvitation: { body: { token: "none", password: "a long enough password" } },
  confirmChange: noChange,
  withdrawChange: noChange,
  readService: { thing: "service" },
  changeService: { thing: "service", body: { name: "Renamed" } },
  disableService: { thing: "service" },
  readKey: { thing: "key" },
  changeKey: { thing: "key" },
  rotateKey: { thing: "key" },
  revokeKey: { thing: "key" },
  createWebhook: { body: { service_id: NOTHING, url: "https://localhost/" } },
  readWebhook: { thing: "webhook" },
  changeWebhook: { thing: "webhook" },
  rotateWebhook: { thing: "webhook" },
  removeWebhook: { thing: "webhook" },
  pingWebhook: { thing: "webhook" },
  listWebhookDeliveries: { thing: "webhook" },
  // Nothing was sent to it.
  repeatWebhookDelivery: { thing: "webhook", path: { delivery: NOTHING }, but: { "an admin": 404 } },

  // No provider is configured here.
  beginOidc: { but: everybody(404) },
  joinOidc: { body: { token: "none" }, but: everybody(404) },
  finishOidc: { but: everybody(404) },
  signOut: { endsSession: true },
  // The recipient's session: tests sign the recipient in for each call.
  endSession: {
    but: everybody(404, (caller) => isPerson(caller) && caller !== "its recipient"),
    endsSession: true,
  },
  // Admins and auditors open nothing.
  openEmergencyAccess: {
    body: { user_id: "nobody", territory_id: NORTH, reason: "A reason that is long enough" },
    but: { "an admin": 403, "an auditor": 403, ...everybody(404, (caller) => WATCHED.has(caller)) },
  },
  readEmergencyAccess: noAccess,
  revealInEmergency: { ...noAccess, body: { notification_id: NOTHING } },
  reviewEmergencyAccess: { ...noAccess, body: { verdict: "justified", review: "Fine" } },
  // A passkey is bound to a public address, which is not configured here.
  beginPasskey: { but: everybody(404, isPerson) },
  addPasskey: {
    body: {
      name: "Mine",
      credential: { ...CREDENTIAL, response: { clientDataJSON: "e30", attestationObject: "oA" } },
    },
    but: everybody(404, isPerson),
  },
  removePasskey: { but: everybody(404, isPerson) },
  beginPasskeySignIn: { but: everybody(404) },
  signInByPasskey: {
    body: {
      credential: {
        ...CREDENTIAL,
        response: { clientDataJSON: "e30", authenticatorData: "oA", signature: "MEU" },
      },
    },
    but: everybody(404),
  },
  changePassword: { body: { current_password: "none", password: "a long enough password" } },
  resetPassword: { body: { email: "nobody@tocsin.example" } },
  confirmSecondFactor: { body: { code: "none" } },
  renewRecoveryCodes: { body: { code: "none" } },
  disableSecondFactor: { body: { code: "none" } },

  setContactPoint: { ...noChannel, body: { address: "x" } },
  verifyContactPoint: { ...noChannel, body: { code: "123456" } },
  removeContactPoint: noChannel,
  addDevice: {
    body: {
      name: "A browser",
      endpoint: "https://push.example/none",
      keys: { p256dh: "none", auth: "none" },
    },
    but: everybody(404, isPerson),
  },
  moveDevice: { body: { endpoint: "https://push.example/none" }, but: everybody(404, isPerson) },
  removeDevice: { but: everybody(404, isPerson) },
  reportStatus: { path: { name: "pigeon" } },
};

export interface Rule extends Case {
  outcome: Record<string, Outcome>;
}

/** Who may make the call, and the request with which the test makes it. */
export function ruleOf({ id, caller, embedded }: Route): Rule {
  const { but = {}, ...rest } = CASES[id] ?? {};
  const outcome = Object.fromEntries(CALLERS.map((who) => [who, but[who] ?? KINDS[caller](who)]));
  return { ...rest, outcome: { ...outcome, [PAGE]: embedded === true ? "in" : 403 } };
}

/** Ids of routes that the cases are about. */
export const CASE_IDS = Object.keys(CASES);
