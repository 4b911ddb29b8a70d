import { type Role, ROLES } from "../../channels/contract.ts";
import type { CallerKind } from "../http/route.ts";

const KEY = [{ key: [] }];
const SESSION = [{ session: [] }];
/** Beside what the kind of caller shows, where a route is for pages of other systems too. */
export const SUBJECT = [{ subject: [] }];
const WALL = [{ wall: [] }];

interface Described {
  /** In words. */
  who: string;
  /** How they show it. */
  security: object[];
  /** The roles one of which a person must have. */
  roles?: readonly Role[];
  /** What a key has to reach: the territory that the call names, or what its own service sent. */
  keyScope?: "territory" | "own";
}

/** Who the callers are. */
export const CALLERS: Record<CallerKind, Described> = {
  anyone: { who: "anyone", security: [] },
  provider: { who: "a channel's provider, by its signature", security: [] },
  service: { who: "a service, by its key", security: KEY, keyScope: "territory" },
  sender: { who: "the service that sent it, by its key", security: KEY, keyScope: "own" },
  person: { who: "anybody signed in", security: SESSION, roles: ROLES },
  recipient: { who: "the recipient", security: SESSION, roles: ROLES },
  supervisor: { who: "supervisors of the territory", security: SESSION, roles: ["supervisor"] },
  auditor: { who: "auditors", security: SESSION, roles: ["auditor"] },
  admin: { who: "admins", security: SESSION, roles: ["admin"] },
  follower: {
    who: "its sender, its recipient and supervisors",
    security: [...KEY, ...SESSION],
    roles: ROLES,
    keyScope: "own",
  },
  wall: { who: "a screen on a wall, by its own cookie", security: WALL },
};
