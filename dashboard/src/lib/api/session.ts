import type { Role } from "../contract.ts";
import { Problem } from "./problem.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

export interface Membership {
  territory_id: string;
  territory_name: string;
  role: Role;
}

/** When a session ends. */
export interface SessionTimes {
  /** It ends then, unless the person does something. */
  expires_at: string;
  /** How long it lasts without the person doing anything. */
  idle_seconds: number;
  /** It ends then, whatever the person does. */
  absolute_expires_at: string;
}

/** Who is signed in, as what, and until when. */
export interface Session extends SessionTimes {
  user_id: string;
  name: string;
  email: string;
  memberships: Membership[];
  /** Roles in the whole installation. */
  roles: Role[];
}

/** The session of this browser; null when nobody is signed in. */
export async function getSession(fetch?: Fetch): Promise<Session | null> {
  try {
    return await request<Session>("/sessions", fetch ? { fetch } : {});
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

export const signIn = (email: string, password: string): Promise<Session> =>
  request("/sessions", { method: "POST", body: { email, password } });

export async function signOut(): Promise<void> {
  await send("/sessions", { method: "DELETE" });
}

/** Starts the session's idle time again. */
export const extendSession = (): Promise<SessionTimes> =>
  request("/sessions/extend", { method: "POST", body: {} });

/** Whether the person has a role in the whole installation. */
export const hasRole = ({ roles }: Session, role: Role): boolean => roles.includes(role);

/** Whether the person supervises at least one territory. */
export const isSupervisor = ({ memberships }: Session): boolean =>
  memberships.some(({ role }) => role === "supervisor");
