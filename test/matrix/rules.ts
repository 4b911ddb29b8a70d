import { type Caller, CALLERS, NORTH, SECRET, type Things } from "./callers.ts";

/** What a caller gets: let in (whatever comes of it then), or one of the refusals. */
export type Outcome = "in" | 401 | 403 | 404;

export interface Rule {
  outcome: Record<Caller, Outcome>;
  /** What stands for `:id` in the path. */
  thing?: keyof Things;
  /** Other names in the path. */
  path?: Record<string, string>;
  body?: object;
  /** The call ends the caller's session. */
  endsSession?: boolean;
}

type Rest = Omit<Rule, "outcome">;

function rule(of: (caller: Caller) => Outcome, rest: Rest = {}): Rule {
  const outcome = { ...EVERYBODY_IN };
  for (const caller of CALLERS) outcome[caller] = of(caller);
  return { outcome, ...rest };
}

const EVERYBODY_IN: Record<Caller, Outcome> = {
  nobody: "in",
  "its sender": "in",
  "a sender elsewhere": "in",
  "its recipient": "in",
  "a colleague": "in",
  "a clinician elsewhere": "in",
  "its supervisor": "in",
  "a supervisor elsewhere": "in",
  "an admin": "in",
  "an auditor": "in",
};

const isService = (caller: Caller): boolean => caller.includes("sender");
const isPerson = (caller: Caller): boolean => caller !== "nobody" && !isService(caller);

const anyone = (rest?: Rest): Rule => rule(() => "in", rest);
/** People, each with what is their own. */
const people = (rest?: Rest): Rule => rule((caller) => (isPerson(caller) ? "in" : 401), rest);
/** People, of whom only some are let in; the others hear that it is not for them, or that there is nothing. */
const peopleWho = (allowed: Caller[], others: 403 | 404, rest?: Rest): Rule =>
  rule((caller) => (!isPerson(caller) ? 401 : allowed.includes(caller) ? "in" : others), rest);
const services = (elsewhere: Outcome, rest?: Rest): Rule =>
  rule((caller) => (caller === "its sender" ? "in" : isService(caller) ? elsewhere : 401), rest);
const admins = (rest?: Rest): Rule => peopleWho(["an admin"], 403, rest);
const recipient = (rest?: Rest): Rule =>
  peopleWho(["its recipient"], 404, { thing: "notification", ...rest });
const supervisors = (rest?: Rest): Rule => peopleWho(["its supervisor", "a supervisor elsewhere"], 403, rest);
/** The supervisor of the territory; another one hears that there is nothing, others that it is not for them. */
const itsSupervisor = (rest: Rest): Rule =>
  rule(
    (caller) =>
      !isPerson(caller)
        ? 401
        : caller === "its supervisor"
          ? "in"
          : caller === "a supervisor elsewhere"
            ? 404
            : 403,
    rest,
  );

const STEPS = { steps: [{ after_seconds: 600, to: { role: "supervisor" } }] };
const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
const message = { user_id: "demo-clinician-1", territory_id: NORTH, message: SECRET };

/** Who may make which call. A route without a rule fails the test. */
export const RULES: Record<string, Rule> = {
  "POST /api/notifications/send": services(403, { body: message }),
  "POST /api/notifications/send-bulk": services("in", { body: { notifications: [message] } }),
  "POST /api/notifications/broadcast": services(403, { body: { territory_id: NORTH, message: SECRET } }),
  "POST /api/notifications/:id/cancel": services(404, { thing: "notification" }),
  "GET /api/broadcasts/:id": services(404, { thing: "broadcast" }),

  "GET /api/notifications": people(),
  "GET /api/notifications/:id": recipient(),
  "POST /api/notifications/:id/read": recipient(),
  "POST /api/notifications/:id/snooze": recipient({ body: { until: inAnHour } }),
  "POST /api/notifications/:id/reveal": recipient(),
  "POST /api/notifications/:id/acknowledge": recipient(),
  "POST /api/notifications/:id/dismiss": recipient(),
  "GET /api/notifications/:id/deliveries": rule(
    (caller) =>
      caller === "nobody"
        ? 401
        : ["its sender", "its recipient", "its supervisor"].includes(caller)
          ? "in"
          : 404,
    { thing: "notification" },
  ),

  "GET /api/deliveries": supervisors(),
  "POST /api/deliveries/:id/redeliver": itsSupervisor({ thing: "delivery" }),
  "GET /api/escalation-policies": supervisors(),
  "POST /api/escalation-policies": peopleWho(["its supervisor"], 403, {
    body: { territory_id: NORTH, name: "One more", rules: STEPS },
  }),
  "GET /api/escalation-policies/:id": itsSupervisor({ thing: "policy" }),
  "PATCH /api/escalation-policies/:id": itsSupervisor({ thing: "policy", body: { name: "Renamed" } }),
  "DELETE /api/escalation-policies/:id": itsSupervisor({ thing: "policy" }),
  "POST /api/redactions": peopleWho(["its supervisor"], 403, { body: { text: "x", territory_id: NORTH } }),
  "GET /api/audit": peopleWho(["an auditor"], 403),

  "GET /api/territories": admins(),
  "POST /api/territories": admins({ body: {} }),
  "GET /api/territories/:id": admins({ thing: "territory" }),
  "PATCH /api/territories/:id": admins({ thing: "territory", body: { name: "North" } }),
  "DELETE /api/territories/:id": admins({ thing: "territory" }),
  "GET /api/users": admins(),
  "POST /api/users": admins({ body: {} }),
  "GET /api/users/:id": admins({ thing: "user" }),
  "PATCH /api/users/:id": admins({ thing: "user", body: { name: "Renamed" } }),
  "DELETE /api/users/:id": admins({ thing: "user" }),
  "GET /api/services": admins(),
  "POST /api/services": admins({ body: {} }),
  "GET /api/services/:id": admins({ thing: "service" }),
  "PATCH /api/services/:id": admins({ thing: "service", body: { name: "Renamed" } }),
  "DELETE /api/services/:id": admins({ thing: "service" }),
  "GET /api/keys": admins(),
  "POST /api/keys": admins({ body: {} }),
  "GET /api/keys/:id": admins({ thing: "key" }),
  "PATCH /api/keys/:id": admins({ thing: "key", body: {} }),
  "POST /api/keys/:id/rotate": admins({ thing: "key", body: {} }),
  "DELETE /api/keys/:id": admins({ thing: "key" }),

  "POST /api/sessions": anyone({ body: {} }),
  "GET /api/sessions": people(),
  "GET /api/sessions/methods": anyone(),
  // No provider is configured here.
  "GET /api/sessions/oidc": rule(() => 404),
  "GET /api/sessions/oidc/callback": rule(() => 404),
  "GET /api/sessions/own": people(),
  "POST /api/sessions/extend": people(),
  "DELETE /api/sessions": people({ endsSession: true }),
  // The recipient's session: tests sign the recipient in for each call.
  "DELETE /api/sessions/:id": peopleWho(["its recipient"], 404, { endsSession: true }),
  "GET /api/second-factor": people(),
  "POST /api/second-factor": people(),
  "POST /api/second-factor/confirm": people({ body: { code: "none" } }),
  "POST /api/second-factor/recovery-codes": people({ body: { code: "none" } }),
  "POST /api/second-factor/disable": people({ body: { code: "none" } }),
  "POST /api/realtime/tickets": people(),
  "GET /api/preferences": people(),
  "PUT /api/preferences": people({ body: {} }),
  "GET /api/contact-points": people(),
  // No plugin is configured here that would reach an address.
  "PUT /api/contact-points/:channel": peopleWho([], 404, {
    path: { channel: "pigeon" },
    body: { address: "x" },
  }),
  "POST /api/contact-points/:channel/verify": peopleWho([], 404, {
    path: { channel: "pigeon" },
    body: { code: "123456" },
  }),
  "DELETE /api/contact-points/:channel": peopleWho([], 404, { path: { channel: "pigeon" } }),

  "GET /api/channels": people(),
  // A provider's signature is what counts; no plugin is configured here.
  "POST /api/channels/:name/status": rule(() => 404, { path: { name: "pigeon" } }),
  "GET /api/diagnostics": people(),
  "GET /api/docs": anyone(),
  "GET /api/openapi.json": anyone(),
  "GET /healthz": anyone(),
  "GET /metrics": anyone(),
  "GET /readyz": anyone(),
};
