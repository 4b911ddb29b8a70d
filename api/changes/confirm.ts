import type { Knex } from "knex";
import type { Json } from "../../store/audit/record.ts";
import { Territory } from "../../store/models/User.ts";
import type { NewInvitation } from "../../store/people/invitations.ts";
import {
  activeAdmins,
  closeChange,
  GuardedChange,
  GuardedSettings,
  openChanges,
  openChangesFairly,
  type PendingChange,
  tiesTo,
  TIES,
} from "../../store/people/pending-changes.ts";
import type { Tokens } from "../../store/crypto/tokens.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, forbidden, notFound } from "../http/errors.ts";
import { asAdmin } from "../middleware/admin.ts";
import type { PersonRecord } from "../../store/people/people.ts";
import { hasAccount, readPerson } from "../users/directory.ts";
import { inInstallation } from "../users/roles.ts";
import { withChanges } from "../../store/settings.ts";
import { applySettings } from "../territories/settings.ts";
import { applyGuarded, noteAll } from "../users/person-changes.ts";

/** What a confirmed change came to. */
export interface Confirmed {
  change: PendingChange;
  /** Whose change it was; null for a territory's. */
  person: PersonRecord | null;
  invitation: NewInvitation | null;
}

/** What one admin asked for and another confirms. */
export interface Changes {
  /** The first asked for first; where there are many, as many of each who asked. */
  list(admin: SignedInPerson): Promise<PendingChange[]>;
  /** @throws Problem 403 for whoever asked for it, is tied to that one (`tiesTo`) while there is another who is less so, or would be given a role by it; 404; 409 when who asked is no admin any more, a setting or their email was changed or the role given since, or it is for somebody who never signed in */
  confirm(admin: SignedInPerson, id: string): Promise<Confirmed>;
  /** @throws Problem 403 for somebody else's that is about oneself, or about an admin to whom one owes the role; 404 */
  withdraw(admin: SignedInPerson, id: string): Promise<void>;
}

/** So many are listed at most. */
const MOST = 500;

export function createChanges(knex: Knex, invitations: Pick<Tokens, "make">): Changes {
  return {
    list: ({ userId }) => actAs(knex, `user:${userId}`, async (trx) => await openChangesFairly(trx, MOST)),

    confirm: async (admin, id) =>
      await asAdmin(knex, admin, "change.confirm", async (trx) => {
        const change = await find(trx, id);
        const tie = await checkConfirmer(trx, admin, change);
        const done = await apply(trx, admin, change, invitations);
        await closeChange(trx, id, "confirmed");
        const { note, ...result } = done;
        const { subject_id, asked_by, kind } = change;
        const payload = {
          change_id: id,
          asked_by,
          what: Object.keys(Object(change.change)),
          ...tie,
          ...note,
        };
        const territoryId = kind === "territory" ? subject_id : null;
        return { result: { change, ...result }, event: { objectId: subject_id, territoryId, payload } };
      }),

    withdraw: async (admin, id) => {
      await asAdmin(knex, admin, "change.withdraw", async (trx) => {
        const change = await find(trx, id);
        await checkWithdrawer(trx, admin, change);
        const { subject_id, asked_by } = change;
        await closeChange(trx, id, "withdrawn");
        return { result: null, event: { objectId: subject_id, payload: { change_id: id, asked_by } } };
      });
    },
  };
}

/**
 * Answers what the record has to say of who confirms a change.
 * @throws Problem 403 for whoever asked for it, and for an admin who is tied to that one while there is any other who is less so; 409
 */
async function checkConfirmer(
  trx: Transaction,
  { userId }: SignedInPerson,
  { asked_by }: PendingChange,
): Promise<{ owed_to_asker?: true; bound_to_asker?: true }> {
  if (asked_by === userId) throw forbidden("Another admin has to confirm it than the one who asked for it.");
  const active = await activeAdmins(trx);
  if (!active.has(asked_by)) throw conflict("Who asked for it is no admin any more; take it back.");
  const tieOf = await tiesTo(trx, asked_by, active);
  const closeness = (id: string): number => TIES.indexOf(tieOf(id));
  active.delete(asked_by);
  if ([...active].some((id) => closeness(id) < closeness(userId)))
    throw forbidden(
      "One of you two had the other made an admin, or somebody else both; an admin of whom that is less so has to confirm it.",
    );
  const tie = tieOf(userId);
  if (tie === "none") return {};
  return tie === "owed" ? { owed_to_asker: true } : { bound_to_asker: true };
}

/** Whom a change is about does not refuse it, nor whoever owes them the role of admin: nobody could be held to anything. @throws Problem 403 */
async function checkWithdrawer(
  trx: Transaction,
  { userId }: SignedInPerson,
  { kind, subject_id, asked_by }: PendingChange,
): Promise<void> {
  if (kind !== "person" || asked_by === userId) return;
  const tieOf = await tiesTo(trx, subject_id, await activeAdmins(trx));
  if (subject_id === userId || tieOf(userId) === "owed")
    throw forbidden(
      "It is about you, or about somebody to whom you owe your role: who asked for it, or another admin, takes it back.",
    );
}

async function find(trx: Transaction, id: string): Promise<PendingChange> {
  const found = await openChanges(trx).where({ id }).forUpdate().first();
  if (found === undefined) throw notFound();
  return found;
}

interface Applied extends Omit<Confirmed, "change"> {
  /** For the record. */
  note: Record<string, Json>;
}

async function apply(
  trx: Transaction,
  { userId }: SignedInPerson,
  { id, kind, subject_id, change }: PendingChange,
  invitations: Pick<Tokens, "make">,
): Promise<Applied> {
  if (kind === "territory") {
    const territory = await Territory.query(trx).findById(subject_id);
    if (territory === undefined) throw notFound();
    const { settings } = known(GuardedSettings.safeParse(change).data);
    const after = withChanges(territory.settings, settings);
    if ("otherwise" in after)
      throw conflict(
        `Set otherwise since it was asked for: ${after.otherwise.join(", ")}. Take it back and ask again.`,
      );
    const note = await applySettings(trx, subject_id, territory.settings, after.settings);
    return { person: null, invitation: null, note };
  }
  const guarded = known(GuardedChange.safeParse(change).data);
  if (subject_id === userId && (guarded.grant ?? []).length > 0)
    throw forbidden("Nobody grants themself a role; a third admin has to confirm it.");
  const person = await readPerson(trx, subject_id);
  const { grant } = guarded;
  if (grant?.some((role) => inInstallation(person.roles).includes(role)) === true)
    throw conflict("They have been given a role of these since. Take it back, and ask for what is left.");
  // Who asked may hold the newcomer's link: what nobody has come to yet is given no rights.
  if (grant !== undefined && !(await hasAccount(trx, person)))
    throw conflict("They have not signed in yet. Once they tell you that they have, confirm it.");
  if (gives(guarded) && (await isMovedSince(trx, id)))
    throw conflict("Their email was changed since it was asked for. Take it back and ask again.");
  const { told, invitation } = await applyGuarded(trx, person, guarded, invitations);
  await noteAll(trx, told);
  return { person, invitation, note: {} };
}

/** Whether a change does more than take something away: then it matters who has the account. */
const gives = (change: GuardedChange): boolean =>
  Object.keys(change).some((part) => part !== "revoke" && (part !== "disabled" || change.disabled === false));

/** Whether the person of a change has had another email since it was asked for: whoever reads that one may be another. */
const isMovedSince = async (trx: Transaction, changeId: string): Promise<boolean> =>
  (await trx("pending_changes")
    .join("users", "users.id", "subject_id")
    .where({ "pending_changes.id": changeId })
    .whereRaw("email_changed_at > asked_at")
    .first("users.id")) !== undefined;

/** @throws Problem 409 for a change that an older version noted, and that could not be asked for any more */
function known<T>(change: T | undefined): T {
  if (change === undefined)
    throw conflict("It was asked for in an older version; take it back and ask again.");
  return change;
}
