import type { NameParts } from "../../store/models/Scim.ts";
import { foldEmail } from "../../store/people/email.ts";
import { Name } from "../http/schema.ts";
import { badValue, beyond, ScimError } from "./error.ts";

/** Who somebody is, as far as a directory says it. */
export interface PersonAttributes {
  /** The email, in the form in which emails are compared. */
  userName: string | null;
  externalId: string | null;
  names: NameParts;
  /** Null where nothing is said. */
  active: boolean | null;
}

export interface GroupAttributes {
  displayName: string | null;
  externalId: string | null;
  /** By their ids. */
  members: Set<string>;
}

/** A change of one attribute; `sub` is the part behind the dot. Names are in small letters. */
export interface Setting {
  name: string;
  sub: string | null;
  /** null takes it away. */
  value: unknown;
  /** `add` keeps what a list has. */
  adds: boolean;
}

const LONGEST = 200;

/** Does something with each, as far as it may be done; answers the first refusal. @throws every other error */
export function asFarAsMayBe<T>(all: readonly T[], work: (one: T) => ScimError | null): ScimError | null {
  let first: ScimError | null = null;
  for (const one of all) {
    const refusal = refusalOf(() => work(one));
    first ??= refusal;
  }
  return first;
}

function refusalOf(work: () => ScimError | null): ScimError | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
}

/** Sets attributes of a person, as far as each may be set; answers the first refusal. */
export const setAllOfPerson = (to: PersonAttributes, settings: readonly Setting[]): ScimError | null =>
  asFarAsMayBe(settings, (setting) => {
    setOfPerson(to, setting);
    return null;
  });

/**
 * Sets an attribute of a person. What Tocsin does not keep (a title, an address) is let pass.
 * @throws ScimError 400, and 403 for what no directory sets: passwords, factors, roles
 */
function setOfPerson(to: PersonAttributes, { name, sub, value }: Setting): void {
  switch (name) {
    case "username":
      to.userName = emailOf(value);
      return;
    case "externalid":
      to.externalId = textOf(value, "externalId");
      return;
    case "displayname":
      to.names.display = nameOf(value, "displayName");
      return;
    case "name":
      setName(to.names, sub, value);
      return;
    case "active":
      to.active = booleanOf(value);
      return;
    case "password":
      throw beyond("A directory sets no password: people set their own, by their invitation.");
    case "roles":
    case "entitlements":
    case "x509certificates":
      if (isNothing(value)) return;
      throw beyond(`A directory sets no ${name}: roles come from groups that an administrator has mapped.`);
  }
}

/** Sets an attribute of a group, its members aside. @throws ScimError 400 */
export function setOfGroup(to: GroupAttributes, { name, value, adds }: Setting): void {
  switch (name) {
    case "displayname":
      to.displayName = nameOf(value, "displayName") ?? null;
      return;
    case "externalid":
      to.externalId = textOf(value, "externalId");
      return;
    case "members":
      if (!adds) to.members.clear();
      for (const id of membersOf(value)) to.members.add(id);
  }
}

/** The ids in a list of members, of one alone, or of none. @throws ScimError 400 */
export function membersOf(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((one) => {
    const id: unknown = typeof one === "object" && one !== null && "value" in one ? one.value : one;
    if (typeof id !== "string" || id === "") throw badValue("Each of the members needs a value: an id.");
    return id;
  });
}

/** The name by which people see somebody. */
export const nameFrom = ({ display, formatted, given, family }: NameParts, email: string): string => {
  const both = [given, family].filter((part) => part !== undefined).join(" ");
  return display ?? formatted ?? (both === "" ? email : both);
};

function setName(names: NameParts, sub: string | null, value: unknown): void {
  if (sub === null) {
    for (const part of Object.values(PARTS)) delete names[part];
    if (typeof value !== "object" || value === null) return;
    for (const [name, part] of Object.entries(value)) setName(names, name.toLowerCase(), part);
    return;
  }
  const part = PARTS[sub];
  if (part !== undefined) names[part] = nameOf(value, `name.${sub}`);
}

const PARTS: Record<string, "formatted" | "given" | "family"> = Object.assign(Object.create(null), {
  formatted: "formatted",
  givenname: "given",
  familyname: "family",
});

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

function emailOf(value: unknown): string {
  const email = typeof value === "string" && value.length <= 320 ? foldEmail(value) : null;
  if (email === null || !EMAIL.test(email))
    throw badValue("userName has to be the person's email, in ASCII.");
  return email;
}

/** Entra ID writes booleans as words. */
function booleanOf(value: unknown): boolean {
  const word = typeof value === "string" ? value.toLowerCase() : value;
  if (word === true || word === "true") return true;
  if (word === false || word === "false") return false;
  throw badValue("active is true or false.");
}

function textOf(value: unknown, name: string): string | null {
  if (isNothing(value)) return null;
  if (typeof value !== "string" || value.length > LONGEST)
    throw badValue(`${name} is a text of ${LONGEST} characters at most.`);
  return value;
}

/** A name for people to read, by the rule of every other name. */
function nameOf(value: unknown, name: string): string | undefined {
  const text = textOf(value, name)?.trim() ?? "";
  if (text === "") return undefined;
  const read = Name.safeParse(text);
  if (!read.success) throw badValue(`${name} ${read.error.issues[0]?.message}.`);
  return text;
}

const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

/** What is said in a whole resource: each attribute of its body, as PUT and POST send it. @throws ScimError 400 */
export function settingsOf(body: unknown): Setting[] {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new ScimError(400, "The body has to be an object.", "invalidSyntax");
  return Object.entries(body).map(([path, value]) => ({ ...placeOf(path), value, adds: false }));
}

/** The attribute that a plain path names: `active`, `name.givenName`, each with its schema's URN before it or not. */
export function placeOf(path: string): Pick<Setting, "name" | "sub"> {
  const [name = "", ...rest] = path.replace(URN, "").toLowerCase().split(".");
  return { name, sub: rest.length === 0 ? null : rest.join(".") };
}

const URN = /^urn:ietf:params:scim:schemas:core:2\.0:(user|group):/i;
