import { z } from "zod";
import { must } from "../../config/must.ts";
import { WallWithCode } from "../../api/walls/schema.ts";
import { KeyWithSecret } from "../../api/keys/schema.ts";
import { Service } from "../../api/services/schema.ts";
import { SubjectToken } from "../../api/subject-tokens/schema.ts";
import { demoUser, Person, send } from "../../testing/client.ts";
import type { Site } from "../../testing/site.ts";
import { until } from "../../testing/until.ts";

/** Everybody who tries the calls, by their relation to a notification in the north. */
export const CALLERS = [
  "nobody",
  "its sender",
  "a sender elsewhere",
  "its recipient",
  "a colleague",
  "a clinician elsewhere",
  "its supervisor",
  "a supervisor elsewhere",
  "an admin",
  "an auditor",
  "a wall's screen",
  "a page of another system",
] as const;
export type Caller = (typeof CALLERS)[number];

/** The things that calls are about, by their ids. */
export interface Things {
  notification: string;
  delivery: string;
  broadcast: string;
  policy: string;
  schedule: string;
  role: string;
  topic: string;
  /** Another one of the north. */
  topicOfAdmin: string;
  service: string;
  key: string;
  webhook: string;
  user: string;
  territory: string;
  /** A screen that nobody has opened. */
  wall: string;
}

export const NORTH = "north-hospital";
const SOUTH = "south-clinic";

/** A schedule in which it is always the recipient's turn. */
export const DAYS = {
  name: "Matrix",
  zone: "UTC",
  layers: [{ name: "All", people: ["demo-clinician-1"], starts: "2026-01-05T08:00", rule: "FREQ=DAILY" }],
};

/** A text that nobody but those concerned may ever read. */
export const SECRET = "Potassium 6.8 of bed 12";

/** The callers, signed in or with their keys, and the things that they call about. */
export interface Cast {
  things: Things;
  headersOf(caller: Caller): Record<string, string>;
  /** Signs the caller in afresh, where the last call has ended the session; answers the new session's id. */
  renew(caller: Caller): Promise<string | null>;
}

const PEOPLE: Partial<Record<Caller, [role: string, which: number]>> = {
  "its recipient": ["clinician", 0],
  "a colleague": ["clinician", 1],
  "a clinician elsewhere": ["clinician", 2],
  "its supervisor": ["supervisor", 0],
  "a supervisor elsewhere": ["supervisor", 1],
  "an admin": ["admin", 0],
  "an auditor": ["auditor", 0],
};

/** Makes the callers and the things on a site that runs at `url`. */
export async function assemble(site: Site, url: string): Promise<Cast> {
  const demo = await site.demo();
  const headers = new Map<Caller, Record<string, string>>([["nobody", {}]]);
  const own = z.object({ sessions: z.array(z.object({ session_id: z.string(), current: z.boolean() })) });
  const renew = async (caller: Caller): Promise<string | null> => {
    const who = PEOPLE[caller];
    if (who === undefined) return null;
    const person = await Person.signIn(url, demoUser(demo, ...who));
    headers.set(caller, { Cookie: person.cookie, Origin: url });
    const { sessions } = own.parse(await (await person.fetch("/api/sessions/own")).json());
    return sessions.find(({ current }) => current)?.session_id ?? null;
  };
  for (const caller of CALLERS) await renew(caller);
  const as = async <T extends z.ZodType>(
    caller: Caller,
    path: string,
    schema: T,
    body?: object,
  ): Promise<z.output<T>> => {
    const response = await fetch(`${url}${path}`, {
      headers: { ...headers.get(caller), "Content-Type": "application/json" },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return schema.parse(await response.json());
  };

  const keyFor = async (
    name: string,
    territory: string,
  ): Promise<{ service: string; id: string; key: string }> => {
    const { service_id } = await as("an admin", "/api/services", Service, { name });
    const made = await as("an admin", "/api/keys", KeyWithSecret, { service_id, territory_ids: [territory] });
    return { service: service_id, id: made.key_id, key: made.key };
  };
  const sender = await keyFor("North sender", NORTH);
  const elsewhere = await keyFor("South sender", SOUTH);
  const victim = await keyFor("To be disabled", NORTH);
  const origin = "https://ehr.example";
  const embeds = await fetch(`${url}/api/keys/${sender.id}`, {
    method: "PATCH",
    headers: { ...headers.get("an admin"), "Content-Type": "application/json" },
    body: JSON.stringify({ subject_origins: [origin] }),
  });
  if (!embeds.ok) throw new Error(await embeds.text());
  headers.set("its sender", { Authorization: `Bearer ${sender.key}` });
  headers.set("a sender elsewhere", { Authorization: `Bearer ${elsewhere.key}` });

  const recipient = demoUser(demo, "clinician").user_id;
  const { body } = await send(url, sender.key, { user_id: recipient, territory_id: NORTH, message: SECRET });
  const notification = body.notification_id;
  const subject = await as("its sender", "/api/subject-tokens", SubjectToken, {
    user_id: recipient,
    territory_id: NORTH,
    origin,
  });
  headers.set("a page of another system", { Authorization: `Bearer ${subject.token}`, Origin: origin });
  await until("it is in the inbox", async () => {
    const response = await fetch(`${url}/api/notifications/${notification}`, {
      headers: headers.get("its recipient") ?? {},
    });
    return response.status === 200;
  });
  const timeline = await as(
    "its recipient",
    `/api/notifications/${notification}/deliveries`,
    z.object({ deliveries: z.array(z.object({ delivery_id: z.uuid() })) }),
  );
  const { policy_id } = await as(
    "its supervisor",
    "/api/escalation-policies",
    z.object({ policy_id: z.uuid() }),
    {
      territory_id: NORTH,
      name: "Matrix",
      rules: { steps: [{ after_seconds: 600, to: { role: "supervisor" } }] },
    },
  );
  const { schedule_id } = await as("its supervisor", "/api/schedules", z.object({ schedule_id: z.uuid() }), {
    ...DAYS,
    territory_id: NORTH,
  });
  const { role_id } = await as("its supervisor", "/api/roles", z.object({ role_id: z.uuid() }), {
    territory_id: NORTH,
    role: "matrix-on-call",
    name: "Matrix",
    schedule_id,
  });
  const topicOf = async (topic: string): Promise<string> => {
    const body = { territory_id: NORTH, topic, name: topic, members: [recipient] };
    return (await as("its supervisor", "/api/topics", z.object({ topic_id: z.uuid() }), body)).topic_id;
  };
  const { broadcast_id } = await as(
    "its sender",
    "/api/notifications/broadcast",
    z.object({ broadcast_id: z.uuid() }),
    {
      territory_id: NORTH,
      role: "supervisor",
      message: SECRET,
    },
  );
  const { webhook_id } = await as("an admin", "/api/webhooks", z.object({ webhook_id: z.uuid() }), {
    service_id: victim.service,
    // Inside, so that nothing is sent there.
    url: "https://localhost/",
  });
  const grantWall = (name: string) =>
    as("an admin", "/api/walls", WallWithCode, { territory_id: NORTH, name });
  const { code } = await grantWall("Matrix");
  const opened = await fetch(`${url}/api/wall`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code }),
  });
  const screen = must(opened.headers.getSetCookie()[0]?.split(";", 1)[0], "cookie");
  // Its own cookie, and the same token as if it were a session's or a key.
  const token = screen.slice(screen.indexOf("=") + 1);
  const cookies = `${screen}; tocsin=${token}; __Host-tocsin=${token}`;
  headers.set("a wall's screen", { Cookie: cookies, Authorization: `Bearer ${token}`, Origin: url });
  const { user_id } = await as("an admin", "/api/users", z.object({ user_id: z.string() }), {
    email: "matrix@tocsin.example",
    name: "Matrix",
  });
  return {
    things: {
      notification,
      delivery: must(timeline.deliveries[0], "delivery").delivery_id,
      broadcast: broadcast_id,
      policy: policy_id,
      schedule: schedule_id,
      role: role_id,
      topic: await topicOf("matrix"),
      topicOfAdmin: await topicOf("matrix-of-admin"),
      service: victim.service,
      key: victim.id,
      webhook: webhook_id,
      user: user_id,
      territory: NORTH,
      wall: (await grantWall("Other")).wall.wall_id,
    },
    headersOf: (caller) => headers.get(caller) ?? {},
    renew,
  };
}
