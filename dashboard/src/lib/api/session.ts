import type { Answer, Body, Role } from "../contract.ts";
import { Problem } from "./problem.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

/** Who is signed in, as what, and until when. */
export type Session = Answer<"readSession">;
export type Membership = Session["memberships"][number];
export type SessionTimes = Answer<"extendSession">;

/** The session of this browser; null when nobody is signed in. */
export const getSession = async (fetch?: Fetch): Promise<Session | null> =>
  (await getTimedSession(fetch))?.session ?? null;

/** The same, and how much of it is left; asked for once. */
export async function getTimedSession(fetch?: Fetch): Promise<{ session: Session; left: TimeLeft } | null> {
  try {
    const response = await send("/sessions", { fetch });
    const session: Session = await response.json();
    return { session, left: leftOf(session, response) };
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

export type Credentials = Body<"signIn">;

export const signIn = (credentials: Credentials): Promise<Session> =>
  request("/sessions", { method: "POST", body: credentials });

/** The ways to sign in here. */
export const getMethods = (fetch: Fetch): Promise<Answer<"listSignInMethods">> =>
  request("/sessions/methods", { fetch });

/** Shows the password, or a code, once more. */
export async function confirmSession(shown: Body<"confirmSession">): Promise<void> {
  await send("/sessions/confirm", { method: "POST", body: shown });
}

/** Sets one's own password by an invitation. */
export async function acceptInvitation(acceptance: Body<"acceptInvitation">): Promise<void> {
  await send("/invitations", { method: "POST", body: acceptance });
}

/** Has a link to a new password sent, if there is somebody who may have one. */
export async function resetPassword(reset: Body<"resetPassword">): Promise<void> {
  await send("/password/reset", { method: "POST", body: reset });
}

/** Has an invitation join one's account at the OpenID provider; answers the address to go on to. */
export const joinProvider = async (token: string): Promise<string> =>
  (await request<Answer<"joinOidc">>("/invitations/oidc", { method: "POST", body: { token } })).url;

/** @returns where to go on to, to sign out at the OpenID provider too; null where there is no need */
export async function signOut(): Promise<string | null> {
  const response = await send("/sessions", { method: "DELETE" });
  if (response.status === 204) return null;
  const { url }: { url: string } = await response.json();
  return url;
}

/** How much is left of a session, in ms, by the server's own clock: this computer's may be wrong. */
export interface TimeLeft {
  /** Until it ends, unless the person does something. */
  left: number;
  /** Until it ends whatever the person does. */
  leftAtMost: number;
  idle: number;
}

function leftOf(times: SessionTimes, response: Response): TimeLeft {
  const now = Date.parse(response.headers.get("date") ?? "") || Date.now();
  return {
    left: Date.parse(times.expires_at) - now,
    leftAtMost: Date.parse(times.absolute_expires_at) - now,
    idle: times.idle_seconds * 1_000,
  };
}

const timeLeft = async (answer: Promise<Response>): Promise<TimeLeft> => {
  const response = await answer;
  return leftOf(await response.json(), response);
};

export const getTimeLeft = (): Promise<TimeLeft> => timeLeft(send("/sessions"));

/** Starts the session's idle time again. */
export const extendSession = (): Promise<TimeLeft> =>
  timeLeft(send("/sessions/extend", { method: "POST", body: {} }));

/** Whether the person has a role in the whole installation. */
export const hasRole = ({ roles }: Session, role: Role): boolean => roles.includes(role);

/** Whether the person supervises at least one territory. */
export const isSupervisor = ({ memberships }: Session): boolean =>
  memberships.some(({ role }) => role === "supervisor");
