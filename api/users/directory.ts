import { isDeepStrictEqual } from "node:util";
import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import type { Tokens } from "../../store/crypto/tokens.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { Membership, User } from "../../store/models/User.ts";
import { invite, type NewInvitation } from "../../store/people/invitations.ts";
import { activeAdmins, type GuardedChange } from "../../store/people/pending-changes.ts";
import { type PersonRecord, withRoles } from "../../store/people/people.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, notFound } from "../http/errors.ts";
import { containing, toPage } from "../http/paging.ts";
import { unlessTaken } from "../http/taken.ts";
import { doOrAsk } from "../changes/ask.ts";
import { asAdmin } from "../middleware/admin.ts";
import {
  applyGuarded,
  disable,
  type Effects,
  guardedPart,
  isMoved,
  noteAll,
  setEmail,
  TAKEN,
  type Told,
} from "./person-changes.ts";
import { giveRoles, inInstallation, inTerritories, refuseOwnGrant, toRoles, words } from "./roles.ts";
import type { NewUser, UserChange, UsersQuery } from "./schema.ts";

/** What an admin's act came to. `waits`: a part of it is done once another admin confirms it. */
export interface Changed {
  person: PersonRecord;
  waits: boolean;
  invitation: NewInvitation | null;
}

/** The people and their roles, for admins. Row-level security lets nobody else. */
export interface Directory {
  list(admin: SignedInPerson, query: UsersQuery): Promise<{ items: PersonRecord[]; next: string | null }>;
  find(admin: SignedInPerson, id: string): Promise<PersonRecord>;
  /** Makes a person, who sets their own password by the invitation. */
  create(
    admin: SignedInPerson,
    person: NewUser,
  ): Promise<{ person: PersonRecord; invitation: NewInvitation }>;
  change(admin: SignedInPerson, id: string, change: UserChange): Promise<Changed>;
  /** Signs the person out and lets nobody sign in as them; the record of their acts stays. */
  disable(admin: SignedInPerson, id: string): Promise<Changed>;
  /** A new invitation, in place of the one before. For an admin or auditor, and for somebody who can sign in already or ever did, it waits for another admin. */
  invite(admin: SignedInPerson, id: string): Promise<Changed>;
}

export function createDirectory(knex: Knex, invitations: Pick<Tokens, "make">): Directory {
  /** Makes a guarded change of a person, or asks for it. */
  async function guard(
    trx: Transaction,
    admin: SignedInPerson,
    person: PersonRecord,
    change: GuardedChange | null,
  ): Promise<{ effects: Effects; note: Record<string, string | boolean>; waits: boolean }> {
    if (change === null) return { effects: NOTHING, note: {}, waits: false };
    const subject = { kind: "person" as const, id: person.id, change };
    const apply = (): Promise<Effects> => applyGuarded(trx, person, change, invitations);
    const { result, note, waits } = await doOrAsk(trx, admin, subject, apply);
    return { effects: result ?? NOTHING, note, waits };
  }

  return {
    list: async ({ userId }, query) => {
      const rows = await actAs(knex, `user:${userId}`, async (trx) => {
        const found = matching(trx, query);
        if (query.cursor !== undefined) void found.whereRaw("(name, id) > (?, ?)", query.cursor);
        return await withRoles(trx, await found.orderBy(["name", "id"]).limit(query.limit + 1));
      });
      return toPage(rows, query.limit, ({ name, id }) => [name, id]);
    },

    find: ({ userId }, id) => actAs(knex, `user:${userId}`, (trx) => readPerson(trx, id)),

    create: async (admin, { user_id, email, name, memberships, roles }) => {
      const id = user_id ?? uuidv7();
      return await asAdmin(knex, admin, "user.create", async (trx) => {
        await unlessTaken(TAKEN, async () => await User.query(trx).insert({ id, email, name }));
        await trx("inboxes").insert({ user_id: id });
        await giveRoles(trx, id, memberships, []);
        const guarded = roles.length > 0 ? { grant: roles } : null;
        const { note } = await guard(trx, admin, await readPerson(trx, id), guarded);
        const invitation = await invite(trx, id, invitations);
        const payload = { roles: words(toRoles(memberships, [])), ...note };
        return {
          result: { person: await readPerson(trx, id), invitation },
          event: { objectId: id, payload },
        };
      });
    },

    change: async (admin, id, change) =>
      await asAdmin(knex, admin, "user.update", async (trx) => {
        const before = await readPerson(trx, id);
        refuseOvertaken(before, change);
        if (id === admin.userId) refuseOwn(before, change);
        const guarded = guardedPart(before, change, (await activeAdmins(trx)).has(id));
        const told = await doPlain(trx, before, change, guarded);
        const { effects, note, waits } = await guard(trx, admin, await readPerson(trx, id), guarded);
        const person = await readPerson(trx, id);
        const fields = Object.keys(change).filter((field) => field !== "memberships_before");
        const payload = { fields, roles: words(person.roles), ...note };
        await noteAll(trx, [...told, ...effects.told]);
        return { result: { person, waits, invitation: null }, event: { objectId: id, payload } };
      }),

    disable: async (admin, id) =>
      await asAdmin(knex, admin, "user.disable", async (trx) => {
        const before = await readPerson(trx, id);
        if (id === admin.userId) refuseOwn(before, { disabled: true });
        const guarded = guardedPart(before, { disabled: true }, (await activeAdmins(trx)).has(id));
        if (guarded === null) await disable(trx, before);
        const { note, waits } = await guard(trx, admin, before, guarded);
        const result = { person: await readPerson(trx, id), waits, invitation: null };
        return { result, event: { objectId: id, payload: note } };
      }),

    invite: async (admin, id) =>
      await asAdmin(knex, admin, "user.invite", async (trx) => {
        const before = await readPerson(trx, id);
        if (before.disabled_at !== null) throw conflict("The person is disabled.");
        const isGuarded = inInstallation(before.roles).length > 0 || (await hasAccount(trx, before));
        const guarded = isGuarded ? { invitation: true as const } : null;
        const { effects, note, waits } = await guard(trx, admin, before, guarded);
        const invitation = guarded === null ? await invite(trx, id, invitations) : effects.invitation;
        await noteAll(trx, effects.told);
        const result = { person: await readPerson(trx, id), waits, invitation };
        return { result, event: { objectId: id, payload: note } };
      }),
  };
}

const NOTHING: Effects = { told: [], invitation: null };

/** Does what an admin may do alone; answers whom to tell of it. */
async function doPlain(
  trx: Transaction,
  before: PersonRecord,
  change: UserChange,
  guarded: GuardedChange | null,
): Promise<Told[]> {
  const { id } = before;
  const { name, disabled, memberships } = change;
  const row = {
    ...(name === undefined ? {} : { name }),
    ...(disabled === false && guarded?.disabled === undefined ? { disabled_at: null } : {}),
  };
  if (Object.keys(row).length > 0) await User.query(trx).findById(id).patch(row);
  if (disabled === true && guarded?.disabled !== true) await disable(trx, before);
  if (memberships !== undefined) await giveRoles(trx, id, memberships, inInstallation(before.roles));
  return isMoved(before, change) && guarded?.email === undefined
    ? await setEmail(trx, before, change.email)
    : [];
}

function matching(trx: Transaction, { q, territory, role, disabled }: UsersQuery) {
  const found = User.query(trx);
  if (q !== undefined) {
    const pattern = containing(q);
    void found.whereRaw("(name ILIKE ? OR email ILIKE ? OR id ILIKE ?)", [pattern, pattern, pattern]);
  }
  if (disabled !== undefined) void found.whereRaw("(disabled_at IS NOT NULL) = ?", [disabled]);
  if (territory !== undefined || role !== undefined) {
    const held = Membership.query(trx).select("user_id");
    if (territory !== undefined) void held.where({ territory_id: territory });
    if (role !== undefined) void held.where({ role });
    void found.whereIn("id", held);
  }
  return found;
}

/** A person with roles. @throws Problem 404 */
export async function readPerson(trx: Transaction, id: string): Promise<PersonRecord> {
  const user = await User.query(trx).findById(id);
  const [person] = user === undefined ? [] : await withRoles(trx, [user]);
  if (person === undefined) throw notFound();
  return person;
}

/** Lets nobody undo what they have not seen. @throws Problem 409 where the roles in territories are not those that the caller changes */
function refuseOvertaken(person: PersonRecord, { memberships_before }: UserChange): void {
  if (memberships_before === undefined) return;
  const seen = new Set(words(memberships_before));
  const held = new Set(words(inTerritories(person.roles)));
  if (!isDeepStrictEqual(seen, held))
    throw conflict("Somebody has changed the roles of this person meanwhile: look at them again.");
}

/** Keeps at least one admin, and lets nobody grant themself a role. @throws Problem 403, 409 */
function refuseOwn(self: PersonRecord, { disabled, memberships, roles }: UserChange): void {
  if (disabled === true || (roles !== undefined && !roles.includes("admin")))
    throw conflict("Another admin has to do that: nobody can shut themselves out.");
  refuseOwnGrant(
    self.roles,
    toRoles(memberships ?? inTerritories(self.roles), roles ?? inInstallation(self.roles)),
  );
}

/** Whether somebody can sign in, or ever did: a new link could shut them out, or what they have to sign in with was taken off them. */
export async function hasAccount(
  trx: Transaction,
  { id, hasPassword }: Pick<PersonRecord, "id" | "hasPassword">,
): Promise<boolean> {
  const has = async (table: "user_identities" | "sessions"): Promise<boolean> =>
    (await trx(table).where({ user_id: id }).first("user_id")) !== undefined;
  return hasPassword || (await has("user_identities")) || (await has("sessions"));
}
