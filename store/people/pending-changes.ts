import { z } from "zod";
import type { Transaction } from "../db/knex.ts";
import { SettingChanges } from "../settings.ts";

/** An OpenID provider's subject. */
export const Identity = z.strictObject({ issuer: z.url().max(500), subject: z.string().min(1).max(255) });
export type Identity = z.infer<typeof Identity>;

/** Roles in the whole installation. */
export const InInstallation = z.enum(["admin", "auditor"]);
export type InInstallation = z.infer<typeof InInstallation>;

/** What one admin alone may not do to a person. */
export const GuardedChange = z.strictObject({
  grant: z.array(InInstallation).optional(),
  revoke: z.array(InInstallation).optional(),
  identity: Identity.nullable().optional(),
  second_factor: z.literal(false).optional(),
  disabled: z
    .boolean()
    .optional()
    .describe("true: of an admin who can sign in; false: of somebody with a role in the installation"),
  invitation: z.literal(true).optional().describe("For somebody who can sign in already"),
});
export type GuardedChange = z.infer<typeof GuardedChange>;

/** What one admin alone may not do to a territory: settings by which less is redacted, or originals are kept for another time. */
export const GuardedSettings = z.strictObject({ settings: SettingChanges });
export type GuardedSettings = z.infer<typeof GuardedSettings>;

/** Whom or what a guarded change is about. */
export type GuardedSubject =
  | { kind: "person"; id: string; change: GuardedChange }
  | { kind: "territory"; id: string; change: GuardedSettings };

/** How long a change waits for another admin; ms. */
const LIFE = 7 * 86_400_000;

/** A change that one admin asked for, and that waits for another. */
export interface PendingChange {
  id: string;
  kind: "person" | "territory";
  subject_id: string;
  change: unknown;
  asked_by: string;
  asked_at: Date;
  expires_at: Date;
}

/** Those that wait, the first asked for first. */
export const openChanges = (trx: Transaction) =>
  trx<PendingChange>("pending_changes")
    .whereNull("over_at")
    .where("expires_at", ">", new Date())
    .orderBy(["asked_at", "id"])
    .select("id", "kind", "subject_id", "change", "asked_by", "asked_at", "expires_at");

/** Notes a change that another admin has to confirm; one that waits already, from the same admin, is not noted twice. */
export async function askChange(
  trx: Transaction,
  askedBy: string,
  subject: GuardedSubject,
): Promise<PendingChange> {
  const same = await openChanges(trx)
    .where({ kind: subject.kind, subject_id: subject.id, asked_by: askedBy })
    .whereRaw("change = ?::jsonb", [JSON.stringify(subject.change)])
    .first();
  if (same !== undefined) return same;
  const [made] = await trx("pending_changes")
    .insert({
      kind: subject.kind,
      subject_id: subject.id,
      change: JSON.stringify(subject.change),
      asked_by: askedBy,
      expires_at: new Date(Date.now() + LIFE),
    })
    .returning<PendingChange[]>("*");
  if (made === undefined) throw new Error("a pending change was not written");
  return made;
}

/** Ends a change: it was confirmed, or taken back. */
export async function closeChange(trx: Transaction, id: string): Promise<void> {
  await trx("pending_changes").where({ id }).update({ over_at: new Date() });
}

/** Admins who can sign in: nobody else could confirm anything. */
export async function activeAdmins(trx: Transaction): Promise<Set<string>> {
  const admins: { id: string }[] = await trx("memberships")
    .join("users", "users.id", "memberships.user_id")
    .whereNull("memberships.territory_id")
    .where("memberships.role", "admin")
    .whereNull("users.disabled_at")
    .where((can) =>
      can
        .whereNotNull("users.password_hash")
        .orWhereExists(
          trx("user_identities").whereRaw("user_identities.user_id = users.id").select("user_id"),
        ),
    )
    .select("users.id");
  return new Set(admins.map(({ id }) => id));
}

/** How admins are bound to one of them: by a role that they owe to that one, or in another way. */
export interface BoundAdmins {
  owed: Set<string>;
  otherwise: Set<string>;
}

/**
 * Admins who may be one with somebody: whose role is owed to that one, directly or by way of others; who had that one made an admin;
 * and whom the same person had made one.
 */
export async function adminsBoundTo(trx: Transaction, userId: string): Promise<BoundAdmins> {
  const admins: { user_id: string; because_of: string[] }[] = await trx("memberships")
    .whereNull("territory_id")
    .where("role", "admin")
    .select("user_id", "because_of");
  const grants: { subject_id: string; asked_by: string }[] = await trx("pending_changes")
    .where("kind", "person")
    .whereNotNull("over_at")
    .whereRaw("jsonb_exists(change->'grant', 'admin')")
    .select("subject_id", "asked_by");
  /** Who asked for the role. Where nobody had to be asked, who gave it. */
  const makersOf = (id: string): Set<string> => {
    const askers = grants.filter(({ subject_id }) => subject_id === id).map(({ asked_by }) => asked_by);
    return new Set(askers.length > 0 ? askers : admins.find(({ user_id }) => user_id === id)?.because_of);
  };
  const makers = makersOf(userId);
  const owed = admins.filter(({ because_of }) => because_of.includes(userId));
  const others = admins.filter(
    ({ user_id: id }) => makers.has(id) || [...makersOf(id)].some((one) => makers.has(one)),
  );
  const idsOf = (some: typeof admins): Set<string> => new Set(some.map(({ user_id }) => user_id));
  return { owed: idsOf(owed), otherwise: idsOf(others) };
}
