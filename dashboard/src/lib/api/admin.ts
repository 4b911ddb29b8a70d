import type { Role } from "../contract.ts";
import { everything, getPage } from "./pages.ts";
import type { Page } from "./pages.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

export type TerritoryRole = "clinician" | "supervisor";
export type InstallationRole = "admin" | "auditor";

export interface RoleInTerritory {
  territory_id: string;
  role: TerritoryRole;
}

export interface Person {
  user_id: string;
  email: string;
  name: string;
  memberships: { territory_id: string; role: Role }[];
  roles: Role[];
  has_password: boolean;
  second_factor: boolean;
  created_at: string;
  disabled_at: string | null;
}

export interface NewPerson {
  email: string;
  name: string;
  password?: string;
  memberships: RoleInTerritory[];
  roles: InstallationRole[];
}

export interface PersonChange extends Partial<NewPerson> {
  disabled?: boolean;
  /** Takes a lost authenticator off. */
  second_factor?: false;
  /** Who the person is to the OpenID provider. */
  identity?: { issuer: string; subject: string } | null;
}

/** An identifier of the territory's own, as a regular expression with bounded repeats. */
export interface RedactionPattern {
  kind: string;
  source: string;
}

export interface TerritorySettings {
  redaction?: { kinds?: string[]; facilities?: boolean; patterns?: RedactionPattern[] };
  /** Days after which the key of what a sender wrote is destroyed; kept where it is missing. */
  originals_days?: number;
}

export interface Territory {
  territory_id: string;
  name: string;
  settings: TerritorySettings;
  created_at: string;
  archived_at: string | null;
}

/** What is left out stays; null takes a setting back. */
export interface TerritoryChange {
  name?: string;
  settings?: {
    redaction?: TerritorySettings["redaction"] | null;
    originals_days?: number | null;
  };
  archived?: false;
}

export interface Service {
  service_id: string;
  name: string;
  created_at: string;
  disabled_at: string | null;
}

export interface Key {
  key_id: string;
  service_id: string;
  territory_ids: string[];
  state: "live" | "expired" | "revoked";
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  /** To the minute. */
  last_used_at: string | null;
}

/** A key that was just made; its secret is shown this once. */
export interface KeyWithSecret extends Key {
  key: string;
}

/** What admins manage: each list answers under the name that its path has. */
type Kind = "users" | "territories" | "services" | "keys";

const list = <T>(kind: Kind, query: URLSearchParams, fetch?: Fetch): Promise<Page<T>> =>
  getPage(`/${kind}`, kind, query, { fetch });
const all = <T>(kind: Kind, fetch: Fetch): Promise<T[]> => everything((query) => list(kind, query, fetch));
const one = (kind: Kind, id: string): string => `/${kind}/${encodeURIComponent(id)}`;
const make = <T>(kind: Kind, body: unknown): Promise<T> => request(`/${kind}`, { method: "POST", body });
const change = <T>(kind: Kind, id: string, body: unknown): Promise<T> =>
  request(one(kind, id), { method: "PATCH", body });
const remove = async (kind: Kind, id: string): Promise<void> => {
  await send(one(kind, id), { method: "DELETE" });
};

export const listPeople = (query: URLSearchParams, fetch?: Fetch): Promise<Page<Person>> =>
  list("users", query, fetch);
export const createPerson = (person: NewPerson): Promise<Person> => make("users", person);
export const changePerson = (id: string, to: PersonChange): Promise<Person> => change("users", id, to);

export const listTerritories = (query: URLSearchParams, fetch?: Fetch): Promise<Page<Territory>> =>
  list("territories", query, fetch);
/** Those that are not archived. */
export const allTerritories = (fetch: Fetch): Promise<Territory[]> => all("territories", fetch);
export const createTerritory = (territory_id: string, name: string): Promise<Territory> =>
  make("territories", { territory_id, name });
export const changeTerritory = (id: string, to: TerritoryChange): Promise<Territory> =>
  change("territories", id, to);
export const archiveTerritory = (id: string): Promise<void> => remove("territories", id);

export const allServices = (fetch: Fetch): Promise<Service[]> => all("services", fetch);
export const createService = (name: string): Promise<Service> => make("services", { name });
export const changeService = (id: string, to: { name?: string; disabled?: false }): Promise<Service> =>
  change("services", id, to);
/** Revokes its keys too. */
export const disableService = (id: string): Promise<void> => remove("services", id);

export const allKeys = (fetch: Fetch): Promise<Key[]> => all("keys", fetch);
export const createKey = (key: {
  service_id: string;
  territory_ids: string[];
  expires_at?: string;
}): Promise<KeyWithSecret> => make("keys", key);
/** A new key of the same scope; the old one stays good for the overlap. */
export const rotateKey = (id: string, overlap_hours: number): Promise<KeyWithSecret> =>
  request(`${one("keys", id)}/rotate`, { method: "POST", body: { overlap_hours } });
export const revokeKey = (id: string): Promise<void> => remove("keys", id);
