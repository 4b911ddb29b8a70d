import type { Answer, Body } from "../contract.ts";
import { everything, pageOf } from "./pages.ts";
import type { Page } from "./pages.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

export type Person = Answer<"readUser">;
export type NewPerson = Body<"createUser">;
/** A person who was just made; the link to set the password is shown this once. */
export type InvitedPerson = Answer<"createUser">;
export type Invitation = InvitedPerson["invitation"];
/** What one admin asked for and another one has to confirm; its settings have the values that they can be given. */
export type PendingChange = Omit<AnyChange, "change"> & {
  change: Exclude<AnyChange["change"], { settings: unknown }> | { settings: SettingChanges };
};
type AnyChange = Answer<"listChanges">["changes"][number];
export type PersonChange = Body<"changeUser">;
export type RoleInTerritory = NonNullable<NewPerson["memberships"]>[number];
export type InstallationRole = NonNullable<NewPerson["roles"]>[number];

export type TerritorySettings = NonNullable<Body<"createTerritory">["settings"]>;
export type RedactionPattern = NonNullable<NonNullable<TerritorySettings["redaction"]>["patterns"]>[number];
type RedactionSettings = NonNullable<TerritorySettings["redaction"]>;
/** A setting's name, as changes have it. */
export type SettingName =
  Exclude<keyof TerritorySettings, "redaction"> | `redaction.${keyof RedactionSettings}`;
/** The value of a setting. */
export type Setting<Name extends SettingName> = NonNullable<
  Name extends `redaction.${infer Inner extends keyof RedactionSettings}`
    ? RedactionSettings[Inner]
    : Name extends keyof TerritorySettings
      ? TerritorySettings[Name]
      : never
>;
/** Of each setting that differs, the old and the new value; null where it is not set. */
export type SettingChanges = {
  [Name in SettingName]?: { from: Setting<Name> | null; to: Setting<Name> | null };
};
/** A territory; it has the settings that it can be given. */
export type Territory = Answer<"readTerritory"> & { settings: TerritorySettings };
/** Settings that are left out stay; null takes one back. */
export type TerritoryChange = Body<"changeTerritory">;

export type Service = Answer<"readService">;
export type Key = Answer<"readKey">;
/** A key that was just made; its secret is shown this once. */
export type KeyWithSecret = Answer<"createKey">;

/** Everything that admins manage; each kind has its list, its answers' name and its paths in common. */
type Kind = "users" | "territories" | "services" | "keys";

const one = (kind: Kind, id: string): string => `/${kind}/${encodeURIComponent(id)}`;
const make = <T>(kind: Kind, body: unknown): Promise<T> => request(`/${kind}`, { method: "POST", body });
const change = <T>(kind: Kind, id: string, body: unknown): Promise<T> =>
  request(one(kind, id), { method: "PATCH", body });
const remove = async (kind: Kind, id: string): Promise<void> => {
  await send(one(kind, id), { method: "DELETE" });
};

export const listPeople = async (query: URLSearchParams, fetch?: Fetch): Promise<Page<Person>> =>
  pageOf(await request<Answer<"listUsers">>("/users", { query, fetch }), "users");
/** Everybody with a role in a territory who is not disabled, by name. */
export const peopleIn = async (territory: string): Promise<Person[]> =>
  (
    await everything((query) => {
      query.set("territory", territory);
      query.set("disabled", "false");
      return listPeople(query);
    })
  ).toSorted((one, other) => one.name.localeCompare(other.name));
export const createPerson = (person: NewPerson): Promise<InvitedPerson> => make("users", person);
export const changePerson = (id: string, to: PersonChange): Promise<Person> => change("users", id, to);
/** A new link for a person; the person, with what waits, where another admin has to confirm it. */
export const invitePerson = (id: string): Promise<Invitation | Person> =>
  request(`${one("users", id)}/invitation`, { method: "POST", body: {} });

export const listPersonSessions = async (id: string): Promise<Answer<"listUserSessions">["sessions"]> =>
  (await request<Answer<"listUserSessions">>(`${one("users", id)}/sessions`)).sessions;
/** Signs a person out everywhere. */
export const endPersonSessions = async (id: string): Promise<void> => {
  await send(`${one("users", id)}/sessions`, { method: "DELETE" });
};

export const listChanges = async (fetch?: Fetch): Promise<PendingChange[]> =>
  (await request<{ changes: PendingChange[] }>("/changes", { fetch })).changes;
/** Answers the link, where that is what was asked for. */
export const confirmChange = async (id: string): Promise<Invitation | null> =>
  (await request<Answer<"confirmChange">>(`/changes/${id}/confirm`, { method: "POST", body: {} })).invitation;
export const withdrawChange = async (id: string): Promise<void> => {
  await send(`/changes/${id}`, { method: "DELETE" });
};

export const listTerritories = async (query: URLSearchParams, fetch?: Fetch): Promise<Page<Territory>> =>
  pageOf(
    await request<Answer<"listTerritories"> & { territories: Territory[] }>("/territories", { query, fetch }),
    "territories",
  );
/** All territories but the archived ones. */
export const allTerritories = (fetch: Fetch): Promise<Territory[]> =>
  everything((query) => listTerritories(query, fetch));
export const createTerritory = (territory: Body<"createTerritory">): Promise<Territory> =>
  make("territories", territory);
export const changeTerritory = (id: string, to: TerritoryChange): Promise<Territory> =>
  change("territories", id, to);
export const archiveTerritory = (id: string): Promise<void> => remove("territories", id);

export const allServices = (fetch: Fetch): Promise<Service[]> =>
  everything(async (query) =>
    pageOf(await request<Answer<"listServices">>("/services", { query, fetch }), "services"),
  );
export const createService = (service: Body<"createService">): Promise<Service> => make("services", service);
export const changeService = (id: string, to: Body<"changeService">): Promise<Service> =>
  change("services", id, to);
/** Disables a service and revokes its keys. */
export const disableService = (id: string): Promise<void> => remove("services", id);

export const allKeys = (fetch: Fetch): Promise<Key[]> =>
  everything(async (query) => pageOf(await request<Answer<"listKeys">>("/keys", { query, fetch }), "keys"));
export const createKey = (key: Body<"createKey">): Promise<KeyWithSecret> => make("keys", key);
/** Makes a new key of the same scope; the old one stays good for the overlap. */
export const rotateKey = (id: string, rotation: Body<"rotateKey">): Promise<KeyWithSecret> =>
  request(`${one("keys", id)}/rotate`, { method: "POST", body: rotation });
export const changeKey = (id: string, to: Body<"changeKey">): Promise<Key> => change("keys", id, to);
export const revokeKey = (id: string): Promise<void> => remove("keys", id);
