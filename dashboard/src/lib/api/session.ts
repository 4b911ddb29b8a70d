import type { Role } from "../contract.ts";
import { Problem } from "./problem.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

export interface Membership {
  territory_id: string;
  territory_name: string;
  role: Role;
}

/** Who is signed in, and as what. */
export interface Session {
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

/** Whether the person supervises at least one territory. */
export const isSupervisor = ({ memberships }: Session): boolean =>
  memberships.some(({ role }) => role === "supervisor");
