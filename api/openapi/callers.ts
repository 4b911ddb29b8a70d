import type { CallerKind } from "../http/route.ts";

const KEY = [{ key: [] }];
const SESSION = [{ session: [] }];
const WALL = [{ wall: [] }];

/** Who the callers are, in words, and how each one shows it. */
export const CALLERS: Record<CallerKind, { who: string; security: object[] }> = {
  anyone: { who: "anyone", security: [] },
  provider: { who: "a channel's provider, by its signature", security: [] },
  service: { who: "a service, by its key", security: KEY },
  sender: { who: "the service that sent it, by its key", security: KEY },
  person: { who: "anybody signed in", security: SESSION },
  recipient: { who: "the recipient", security: SESSION },
  supervisor: { who: "supervisors of the territory", security: SESSION },
  auditor: { who: "auditors", security: SESSION },
  admin: { who: "admins", security: SESSION },
  follower: { who: "its sender, its recipient and supervisors", security: [...KEY, ...SESSION] },
  wall: { who: "a screen on a wall, by its own cookie", security: WALL },
};
