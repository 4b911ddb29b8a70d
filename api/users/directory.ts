import { hash } from "@node-rs/argon2";
import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { actAs, isPostgresError, type Transaction } from "../../store/db/knex.ts";
import { Membership, User } from "../../store/models/User.ts";
import {
  endSessions,
  missingTerritories,
  type PersonRecord,
  type RoleIn,
  setRoles,
  withRoles,
} from "../../store/people/people.ts";
import { removeFactor } from "../../store/people/second-factor.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, invalid, notFound } from "../http/errors.ts";
import { asAdmin } from "../middleware/admin.ts";
import { containing, toPage } from "../http/paging.ts";
import type { NewUser, UserChange, UsersQuery } from "./schema.ts";

/** The people and their roles, for admins. Row-level security lets nobody else. */
export interface Directory {
  list(admin: SignedInPerson, query: UsersQuery): Promise<{ items: PersonRecord[]; next: string | null }>;
  find(admin: SignedInPerson, id: string): Promise<PersonRecord>;
  create(admin: SignedInPerson, person: NewUser): Promise<PersonRecord>;
  change(admin: SignedInPerson, id: string, change: UserChange): Promise<PersonRecord>;
  /** Signs the person out and lets nobody sign in as them; the record of their acts stays. */
  disable(admin: SignedInPerson, id: string): Promise<void>;
}

export function createDirectory(knex: Knex): Directory {
  return {
    list: async ({ userId }, query) => {
      const rows = await actAs(knex, `user:${userId}`, async (trx) => {
        const found = matching(trx, query);
        if (query.cursor !== undefined) void found.whereRaw("(name, id) > (?, ?)", query.cursor);
        return await withRoles(trx, await found.orderBy(["name", "id"]).limit(query.limit + 1));
      });
      return toPage(rows, query.limit, ({ name, id }) => [name, id]);
    },

    find: ({ userId }, id) => actAs(knex, `user:${userId}`, (trx) => read(trx, id)),

    create: async (admin, { user_id, email, name, password, memberships, roles }) => {
      const id = user_id ?? uuidv7();
      const password_hash = password === undefined ? null : await hash(password);
      return await asAdmin(knex, admin, "user.create", async (trx) => {
        await unlessTaken(async () => await User.query(trx).insert({ id, email, name, password_hash }));
        await trx("inboxes").insert({ user_id: id });
        await giveRoles(trx, id, memberships, roles);
        const payload = { roles: words(toRoles(memberships, roles)) };
        return { result: await read(trx, id), event: { objectId: id, payload } };
      });
    },

    change: async (admin, id, change) => {
      const password_hash =
        typeof change.password === "string" ? await hash(change.password) : (change.password ?? undefined);
      return await asAdmin(knex, admin, "user.update", async (trx) => {
        const before = await read(trx, id);
        if (id === admin.userId) refuseLockout(change);
        await unlessTaken(async () => await patch(trx, before, change, password_hash));
        if (change.password !== undefined || change.disabled === true) await endSessions(trx, id);
        if (change.second_factor === false) await removeFactor(trx, id);
        if (change.identity !== undefined) await setIdentity(trx, id, change.identity);
        await giveRoles(
          trx,
          id,
          change.memberships ?? inTerritories(before.roles),
          change.roles ?? inInstallation(before.roles),
        );
        const result = await read(trx, id);
        const payload = { fields: Object.keys(change), roles: words(result.roles) };
        return { result, event: { objectId: id, payload } };
      });
    },

    disable: async (admin, id) => {
      await asAdmin(knex, admin, "user.disable", async (trx) => {
        const before = await read(trx, id);
        if (id === admin.userId) refuseLockout({ disabled: true });
        await patch(trx, before, { disabled: true }, undefined);
        await endSessions(trx, id);
        return { result: null, event: { objectId: id } };
      });
    },
  };
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

async function read(trx: Transaction, id: string): Promise<PersonRecord> {
  const user = await User.query(trx).findById(id);
  const [person] = user === undefined ? [] : await withRoles(trx, [user]);
  if (person === undefined) throw notFound();
  return person;
}

async function patch(
  trx: Transaction,
  before: PersonRecord,
  { email, name, password, disabled }: UserChange,
  password_hash: string | null | undefined,
): Promise<void> {
  const row = {
    ...(email === undefined ? {} : { email }),
    ...(name === undefined ? {} : { name }),
    ...(password === undefined ? {} : { password_hash: password_hash ?? null }),
    ...(disabled === undefined ? {} : { disabled_at: disabled ? (before.disabled_at ?? new Date()) : null }),
  };
  if (Object.keys(row).length > 0) await User.query(trx).findById(before.id).patch(row);
}

/** Keeps at least one admin: only another admin can take the role, or the account, away from one. */
function refuseLockout({ disabled, roles }: UserChange): void {
  if (disabled === true || (roles !== undefined && !roles.includes("admin")))
    throw conflict("Another admin has to do that: nobody can shut themselves out.");
}

async function giveRoles(
  trx: Transaction,
  id: string,
  memberships: NewUser["memberships"],
  roles: NewUser["roles"],
): Promise<void> {
  const missing = await missingTerritories(
    trx,
    memberships.map(({ territory_id }) => territory_id),
  );
  const faults = memberships.flatMap(({ territory_id }, index) =>
    missing.has(territory_id)
      ? [{ path: `/memberships/${index}/territory_id`, message: "is not a territory, or is archived" }]
      : [],
  );
  if (faults.length > 0) throw invalid(faults);
  await setRoles(trx, id, toRoles(memberships, roles));
}

const toRoles = (memberships: NewUser["memberships"], roles: NewUser["roles"]): RoleIn[] => [
  ...memberships,
  ...roles.map((role) => ({ territory_id: null, role })),
];

const inTerritories = (roles: RoleIn[]): NewUser["memberships"] =>
  roles.flatMap(({ territory_id, role }) =>
    territory_id !== null && (role === "clinician" || role === "supervisor") ? [{ territory_id, role }] : [],
  );

const inInstallation = (roles: RoleIn[]): NewUser["roles"] =>
  roles.flatMap(({ territory_id, role }) =>
    territory_id === null && (role === "admin" || role === "auditor") ? [role] : [],
  );

const words = (roles: RoleIn[]): string[] =>
  roles.map(({ territory_id, role }) => (territory_id === null ? role : `${role} in ${territory_id}`));

async function setIdentity(
  trx: Transaction,
  userId: string,
  identity: NonNullable<UserChange["identity"]> | null,
): Promise<void> {
  await trx("user_identities").where({ user_id: userId }).delete();
  if (identity === null) return;
  await unlessTaken(async () => await trx("user_identities").insert({ ...identity, user_id: userId }));
}

async function unlessTaken(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (isPostgresError(error, "23505"))
      throw conflict("Another person has this id, email or identity already.");
    throw error;
  }
}
